"""What tasks share whose programs order the elements of a greedy construction by priority."""
