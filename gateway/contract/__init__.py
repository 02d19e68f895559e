"""What all programs share: settings, the links between programs, how a program lives."""
