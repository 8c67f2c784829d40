"""Independent sets in strong products of cycles: lower bounds for their Shannon capacity."""
