"""Constructive heuristics for the travelling salesman, on ReEvo's instances."""
