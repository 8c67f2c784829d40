"""A name for a tool that is ordered without one."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable

_ANY = "f"  # what an example may call a tool of whatever name
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_EMPTY = frozenset(
    {
        "a", "an", "and", "as", "at", "be", "by", "each", "every", "for", "from", "given", "gives", "in",
        "into", "is", "it", "its", "make", "makes", "of", "on", "one", "or", "return", "returns", "such",
        "takes", "that", "the", "their", "this", "to", "tool", "turn", "turns", "what", "which", "with",
    }
)  # fmt: skip
_MOST_WORDS = 4
_LONGEST = 56  # leaves room for a number


def name_for(description: str, examples: Iterable[str], taken: Collection[str]) -> str:
    """Returns what an ordered tool is called: as in its examples, else by what it does.

    Args:
        description: What it does.
        examples: Calls with their results.
        taken: Names that are others' already; one that is made of the description avoids them.
    """
    called = next((name for text in examples if (name := _called(text)) not in ("", _ANY)), "")
    if called:
        return called
    name = _of_words(description)
    number = 2
    chosen = name
    while chosen in taken or keyword.iskeyword(chosen):
        chosen, number = f"{name}_{number}", number + 1
    return chosen


def _called(example: str) -> str:
    """Returns the name of what an example calls; "" where it is no call."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*\(", example)
    return found[1] if found else ""


def _of_words(description: str) -> str:
    words = [word.lower() for word in _WORD.findall(description)]
    telling = [word for word in words if word not in _EMPTY] or words
    name = "_".join(telling[:_MOST_WORDS])[:_LONGEST].rstrip("_")
    return name or "ordered_tool"  # it may be told in another alphabet
