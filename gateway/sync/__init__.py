"""MQTT: bookings out and in, fleet status, commands."""
