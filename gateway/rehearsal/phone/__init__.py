"""A caller on a real telephone line: hears only sound, speaks with another voice."""
