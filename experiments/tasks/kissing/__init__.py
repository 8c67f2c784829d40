"""Kissing numbers: how many balls can touch one of their size."""
