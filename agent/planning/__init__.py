"""From a request to a plan: the tools that it affords, those that are missing, and a program of calls."""
