"""Text of others within a prompt: quoted line by line, so that it cannot end its own quotation."""

from __future__ import annotations

import re

MARK = "> "
_CONTROL = re.compile(r"<(?=\|)|(?<=\|)>")  # of chat templates: "<|im_end|>" would end the message itself


def quoted(text: str) -> str:
    """Returns a text with a mark before each of its lines, and without the marks of chat templates."""
    lines = _CONTROL.sub(" ", text).splitlines() or [""]  # at every end of line that Unicode knows
    return "\n".join(f"{MARK}{line}" for line in lines)


def cut(text: str, most: int) -> str:
    """Returns a text of at most so many characters; what was left out shows as dots."""
    return text if len(text) <= most else f"{text[: max(0, most - 4)]} ..."


def one_line(text: str, most: int) -> str:
    """Returns a text in one line, cut."""
    return cut(" ".join(text.split()), most)
