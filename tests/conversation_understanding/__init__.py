"""What callers say and what it means: golden tables, round trips, noise."""
