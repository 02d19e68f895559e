"""The operator's side: a console over many boxes, signed commands, simulated boxes."""
