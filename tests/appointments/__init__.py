"""Appointments: pure arithmetic."""
