"""Erdos's minimum overlap problem: step functions that give upper bounds."""
