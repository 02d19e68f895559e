"""Pure: no socket, file, clock, random or logger; words and events in, actions out."""
