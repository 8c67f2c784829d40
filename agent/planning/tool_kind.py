"""Kinds of tools: what a model would use for a request before it has seen which tools there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from language_models import Completion, ParseError
from language_models.parser import Form, Forms
from language_models.reply_text import without_bullet, without_thoughts

MOST_KINDS = 4
LONGEST = 300  # characters of a sentence, and of a call
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_WORDS = "Answer with one line for each function, as in the example, and nothing else."
_NO_TOOLS = frozenset({"print", "def", "input", "return", "if", "for", "while"})


@dataclass(frozen=True)
class ToolKind:
    """A kind of tool.

    Attributes:
        name: What the model would call it.
        sentence: What it does; "" where the model did not say.
        call: Such as "duration_to_seconds('1h30m')".
        line: What the model wrote, whole.
    """

    name: str
    sentence: str
    call: str
    line: str = ""

    @property
    def query(self) -> str:
        """What to search the bank for."""
        return (
            f"{self.name.replace('_', ' ')}: {self.sentence}"
            if self.sentence
            else self.name.replace("_", " ")
        )


@dataclass(frozen=True)
class KindsParser:
    """Reads calls with a comment that says what each does."""

    forms: Forms = field(default=Forms((Form(_WORDS),)))

    def parse(self, reply: Completion) -> tuple[ToolKind, ...]:
        """Returns at most four kinds, by name; raises `ParseError` where there is none."""
        found: dict[str, ToolKind] = {}
        for kind in _kinds(without_thoughts(reply.text)):
            found.setdefault(kind.name, kind)
        if not found:
            raise ParseError("calls of functions such as f(1)  # what it does", "none")
        return tuple(found.values())[:MOST_KINDS]


def _kinds(text: str) -> Iterator[ToolKind]:
    for line in text.splitlines():
        told = without_bullet(line).strip().strip("`").strip()
        call = _CALL.search(told)
        if call is None or call[1] in _NO_TOOLS or told.startswith(("#", "def ", "import ", "from ")):
            continue
        after = _end_of_call(told, call.start())
        sentence = re.sub(r"^[\s`#:\u2013\u2014>=-]+", "", told[after:].partition("#")[2] or told[after:])
        yield ToolKind(
            call[1], sentence.strip()[:LONGEST], told[call.start() : after][:LONGEST], told[:LONGEST]
        )


def _end_of_call(line: str, start: int) -> int:
    """Returns where a call ends: at the first closing bracket by which it is Python, if any."""
    for closing in re.finditer(r"\)", line[:LONGEST]):
        try:
            ast.parse(line[start : closing.end()], mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return closing.end()
    return line.find(")", start) + 1 or len(line.partition("#")[0].rstrip())
