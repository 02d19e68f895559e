"""Between the office's broker and the calendar that the office already has."""
