"""Sync, with a real broker."""
