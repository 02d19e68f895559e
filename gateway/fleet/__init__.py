"""The operator side: console, simulator."""
