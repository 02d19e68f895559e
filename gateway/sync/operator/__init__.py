"""The operator's side of the sync program: status, alerts and commands, no person in it."""
