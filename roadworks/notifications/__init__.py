"""What stalls, who is told, and the letters that tell them: reminders, outbox, digest."""
