"""Whether an answer meets its requirements."""
