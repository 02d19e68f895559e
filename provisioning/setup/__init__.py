"""Sets up a checkout, from bare machine to running tests; uses the standard library only."""
