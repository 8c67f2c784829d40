"""How the manual is built: MyST Markdown, furo, and the command line's own help; nothing is fetched."""

from __future__ import annotations

import importlib
import sys
from importlib import metadata
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

project = "funsearch"
author = "the funsearch authors"
release = metadata.version("funsearch")
html_theme = "furo"
html_title = f"funsearch {release}"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True
default_role = "code"
smartquotes = False  # "--option" is two dashes

# Pages that end with what a function returns: its module beside this file, and its name.
MADE = {
    "command_line": ("reference", "command_line"),
    "exit_codes": ("reference", "exit_codes"),
    "request_socket": ("reference", "messages"),
    "results": ("study_pages", "results"),
}


def add_what_is_made(app, docname, source):
    """Puts what the code says behind what the page says."""
    if docname in MADE:
        module, name = MADE[docname]
        source[0] += getattr(importlib.import_module(module), name)()


def setup(app):
    """Tells Sphinx."""
    app.connect("source-read", add_what_is_made)
