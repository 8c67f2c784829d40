"""Circles in the unit square whose radii add up to as much as possible."""
