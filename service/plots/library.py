"""Plotly's script for the browser: the only file that imports plotly, only to find what it brings along."""

from __future__ import annotations

import importlib.resources

import plotly

VERSION: str = plotly.__version__
_SCRIPT = "package_data/plotly.min.js"


def plot_library() -> bytes:
    """Returns the script that draws figures, about 5 MB; it needs no network."""
    return importlib.resources.files(plotly).joinpath(_SCRIPT).read_bytes()
