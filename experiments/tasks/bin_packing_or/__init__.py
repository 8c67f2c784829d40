"""Online bin packing on OR-Library instances."""
