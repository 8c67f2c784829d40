"""Symmetric admissible sets: from them come lower bounds for the capacity of cap sets."""
