"""Online bin packing: what its tasks share, whatever their instances."""
