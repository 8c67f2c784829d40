"""The parts of a reply's text: thoughts, fenced blocks, code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

# Reasoning models think aloud first; where the prompt has opened the thought, only its end shows.
_THOUGHT = re.compile(r"\A(?:\s*<think(?:ing)?>)?(?:(?!<think).)*?</think(?:ing)?>", re.DOTALL)
_OPENING = re.compile(r"(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*\n")
_LISTED = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s*")
PYTHON = frozenset({"", "py", "python", "python3"})


@dataclass(frozen=True)
class FencedBlock:
    """A block of a Markdown text.

    Attributes:
        language: As the fence names it, in small letters; "" where it names none.
        text: What is inside.
    """

    language: str
    text: str


def without_thoughts(text: str) -> str:
    """Returns a reply without the thoughts that a reasoning model opens it with."""
    return _THOUGHT.sub("", text, count=1)


def without_bullet(line: str) -> str:
    """Returns a line without the sign or number by which lists begin."""
    return _LISTED.sub("", line)


def fenced_blocks(text: str) -> Iterator[FencedBlock]:
    """Yields the fenced blocks of a text; one that is never closed ends with the text."""
    position = 0
    while opening := _OPENING.search(text, position):
        fence, language = opening.group(1), opening.group(2).lower()
        closing = _closing(text, fence, opening.end())
        inside = text[opening.end() : closing.start() if closing else len(text)]
        indent = text[text.rfind("\n", 0, opening.start()) + 1 : opening.start()]
        yield FencedBlock(language, inside if indent.strip() or not indent else textwrap.dedent(inside))
        position = closing.end() if closing else len(text)


def _closing(text: str, fence: str, start: int) -> re.Match[str] | None:
    """Returns where a block ends: at a fence on a line of its own, else at the first that there is."""
    own_line = re.compile(rf"^[ \t]*{fence}{fence[0]}*[ \t]*$", re.MULTILINE).search(text, start)
    next_block = re.compile(rf"^[ \t]*{fence}\w", re.MULTILINE).search(text, start)
    if own_line and not (next_block and next_block.start() < own_line.start()):
        return own_line
    return re.compile(fence).search(text, start)


def code_of(reply: str) -> str:
    """Returns the inside of a reply's first block of Python, of its first block, or else the whole reply."""
    text = without_thoughts(reply)
    blocks = list(fenced_blocks(text))
    chosen = next((block for block in blocks if block.language in PYTHON), next(iter(blocks), None))
    return text if chosen is None else chosen.text
