"""USB stick in, settings out."""
