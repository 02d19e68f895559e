"""The phone line: answers, plays, records; survives alone."""
