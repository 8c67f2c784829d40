"""One of the everyday tools, scored by its reference's answers."""
