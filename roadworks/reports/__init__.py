"""The bulletin, out of the records; this room reads all and writes nothing."""
