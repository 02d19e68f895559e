"""Runs one conversation per call; talks to line, models and store."""
