"""Fulfils requests with the tool bank, and has the tools made that are missing."""
