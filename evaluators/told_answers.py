"""What a description tells of an empty input: the answers that it names in the same sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

SAYS_EMPTY = re.compile(r"(?<!non)(?<!non[- ])(?<!not )\bempty\b", re.IGNORECASE)

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n\s*(?=>>>|[-*]\s|examples?\b)", re.IGNORECASE)
_EMPTY = {"list": "[]", "array": "[]", "tuple": "()", "string": "''", "text": "''", "dict": "{}"}
_WORDS = {"true": "True", "false": "False", "none": "None", "zero": "0", **_EMPTY}
_ANSWER = re.compile(
    r"(?:\b(?:returns?|returning|gives?|yields?|be|equals?)|->|=>|➞)\s+(?:(?:equal to|an?|the|just)\s+)*"
    rf"(?:empty\s+({'|'.join(_EMPTY)})|(true|false|none|zero)\b|(-?\d+(?:\.\d+)?)(?![\w.]*\w)"
    r"|(\[\]|\(\)|\{\}|'[^'\n]*'|\"[^\"\n]*\"))",
    re.IGNORECASE,
)


def told_of_empty(description: str) -> list[object]:
    """Returns the answers that sentences on empty inputs name: None of "Return None if it is empty"."""
    return [
        answer
        for sentence in _SENTENCE_END.split(description)
        if SAYS_EMPTY.search(_ANSWER.sub(" ", sentence))  # where the answer alone is empty, no input is
        for answer in _answers(sentence)
    ]


def _answers(sentence: str) -> Iterator[object]:
    for match in _ANSWER.finditer(sentence):
        text = next(filter(None, match.groups()))
        yield ast.literal_eval(_WORDS.get(text.lower(), text))
