"""Divides a reply that streams in into the words for the user and the part that is never shown.

The hidden part begins with the marker, or, as small models forget it, with JSON as the hidden part has it.
What may still become such a beginning is held back, so that no piece of it is ever shown.
"""

from __future__ import annotations

import re

MARKER, END = "<request>", "</request>"
KEYS = ("objective", "requirements", "constraints", "missing", "facts", "ready")
_OPENERS = (
    "<request", "```json", "```{",
    *(f"{{{quote}{key}" for key in KEYS for quote in "\"'"),
)  # fmt: skip
_LONGEST = max(map(len, _OPENERS))
_FAR = 400  # characters, blanks included, in which an opener is spelt
_FIRST = re.compile(r"[<`{]")


class HiddenPart:
    """Takes a reply piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._hidden: list[str] | None = None
        self._has_shown = False

    @property
    def text(self) -> str | None:
        """The hidden part so far, None where it has not begun."""
        return None if self._hidden is None else "".join(self._hidden)

    def feed(self, piece: str) -> str:
        """Returns what of the reply may be shown now."""
        if self._hidden is not None:
            self._hidden.append(piece)
            return ""
        self._held += piece
        place, is_begun = _beginning(self._held)
        shown = self._held[:place].rstrip()
        if is_begun:
            self._hidden = [self._held[place:]]
            self._held = ""
        else:
            self._held = self._held[len(shown) :]
        return self._told(shown)

    def finish(self) -> str:
        """Returns what was held back in vain; what looks like half a beginning is never shown."""
        rest, self._held = self._held.rstrip(), ""
        place, _ = _beginning(rest)
        is_quote = rest[place:] in ("`", "``")  # the end of something quoted
        return self._told(rest if is_quote else rest[:place].rstrip())

    def _told(self, text: str) -> str:
        text = text if self._has_shown else text.lstrip()
        self._has_shown = self._has_shown or bool(text)
        return text


def _beginning(text: str) -> tuple[int, bool]:
    """Returns where the hidden part begins, or may begin, and whether that is certain."""
    for found in _FIRST.finditer(text):
        tail = text[found.start() : found.start() + _FAR]
        spelt = "".join(tail.split())[:_LONGEST].casefold()
        if spelt.startswith(_OPENERS):
            return found.start(), True
        if any(opener.startswith(spelt) for opener in _OPENERS):
            return found.start(), len(tail) == _FAR
    return len(text), False
