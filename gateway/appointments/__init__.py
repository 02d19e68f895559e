"""Pure: records of appointments, free slots, rules."""
