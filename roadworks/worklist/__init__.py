"""My work today, by role; this room reads and writes nothing."""
