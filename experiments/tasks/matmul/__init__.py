"""Fast matrix multiplication: decompositions of its tensor into few products."""
