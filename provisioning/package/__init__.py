"""Builds the Debian package; see build.py."""
