"""What a description says of inputs: calls of the tool, values given to names, numbers, quoted texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)")
_QUOTED = re.compile(r"'([^'\n]{1,40})'|\"([^\"\n]{1,40})\"|`([^`\n]{1,40})`")
_NAMED = re.compile(r"\b([A-Za-z_]\w*)\s*(?:=|:|is)\s*(?=[\[({'\"\d-])")
_ENUMERATED = re.compile(r"\b[A-Za-z]\w*(?:,\s+(?:then\s|and\s|or\s)?\w+){2,}(?:\s(?:and|or)\s\w+)?")
_JOINING = ("then", "and", "or")
_CLOSING = {"(": ")", "[": "]", "{": "}", "'": "'", '"': '"'}
_LONGEST_LITERAL = 2_000


@dataclass(frozen=True)
class Hints:
    """Values that a description mentions.

    Attributes:
        calls: The arguments of each call of the tool, such as f([1, 2], 3).
        named: Each name that is given a value, and that value, such as `k = 4`.
        numbers: Every number.
        texts: Every text in quotes, and every word of enumerations such as "red, green and blue".
    """

    calls: tuple[tuple[object, ...], ...] = ()
    named: tuple[tuple[str, object], ...] = ()
    numbers: tuple[int | float, ...] = ()
    texts: tuple[str, ...] = ()

    def values_of(self, name: str) -> list[object]:
        """Returns the values that a name is given."""
        return [value for given, value in self.named if given == name]


def hints_of(description: str, name: str) -> Hints:
    """Returns what the description of a tool of this name mentions."""
    quoted = [next(filter(None, groups)) for groups in _QUOTED.findall(description)]
    listed = [word for text in _ENUMERATED.findall(description) for word in re.findall(r"\w+", text)]
    return Hints(
        tuple(_calls(description, name)),
        tuple(_named(description)),
        tuple(dict.fromkeys(_number(text) for text in _NUMBER.findall(description))),
        tuple(dict.fromkeys([*quoted, *(word for word in listed if word not in _JOINING)])),
    )


def _calls(description: str, name: str) -> Iterator[tuple[object, ...]]:
    for match in re.finditer(rf"\b{re.escape(name)}(?=\()", description):
        text = _balanced(description, match.end())
        found = _literal(f"[{text[1:-1]}]") if text else None
        if isinstance(found, list) and found:
            yield tuple(found)


def _named(description: str) -> Iterator[tuple[str, object]]:
    for match in _NAMED.finditer(description):
        start = match.end()
        number = _NUMBER.match(description, start)
        text = number.group() if number else _balanced(description, start)
        value = _literal(text) if text else None
        if value is not None:
            yield match.group(1), value


def _balanced(text: str, start: int) -> str:
    """Returns the bracketed or quoted text that begins there; an empty one where it does not end."""
    if start >= len(text) or text[start] not in _CLOSING:
        return ""
    waiting = [_CLOSING[text[start]]]
    for index in range(start + 1, min(len(text), start + _LONGEST_LITERAL)):
        mark = text[index]
        if mark == waiting[-1]:
            waiting.pop()
        elif waiting[-1] not in "'\"" and mark in _CLOSING:
            waiting.append(_CLOSING[mark])
        if not waiting:
            return text[start : index + 1]
    return ""


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text[:18])
