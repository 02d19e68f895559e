"""Runs the programs of the box from one terminal, where there is no systemd."""
