"""Texts as files and databases can hold them, and what names them."""

from __future__ import annotations

import hashlib


def writable(text: str) -> str:
    """Returns a text with "?" for each letter that UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()


def digest(text: str) -> str:
    """Returns the SHA-256 of a text, whatever is in it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
