"""Large cap sets: sets of vectors over {0, 1, 2} of which no three lie on a line."""
