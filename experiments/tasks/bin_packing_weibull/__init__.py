"""Online bin packing on instances of Weibull law."""
