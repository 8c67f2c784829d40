"""Requests on file: what comes in is checked, every change is a step, and constraints are read from words."""
