"""Reads JSON while it arrives, and tells which parts of it are complete."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_BLANK = " \t\r\n"
_BEGIN = re.compile(r"""\{\s*["}]|\[\s*["\d\[{\]-]""")
_UNSURE = re.compile(r"[{\[]\s*\Z")  # a value may begin here, if more comes


@dataclass(frozen=True)
class Field:
    """A part of a JSON value that is complete.

    Attributes:
        path: Keys and indices that lead to it; () is the whole.
        value: What it is.
    """

    path: Path
    value: Any


@dataclass
class _Open:
    """An object or list that is being read.

    Attributes:
        value: What is complete of it.
        key: Under which the next value goes; None before it was read.
        wants: What may come next.
    """

    value: dict[str, Any] | list[Any]
    key: str | None = None
    wants: str = "key or end"


class PartialJson:
    """Reads one object or list, in pieces of any size, each character once.

    What stands before it (a fence, a word of introduction) is skipped. A number is complete when something
    comes after it. Where the text turns out to be no JSON, `problem` says so and nothing more is told: who
    wants to be lenient reads the whole text in the end.
    """

    def __init__(self) -> None:
        self.problem = ""
        self.is_complete = False
        self._open: list[_Open] = []
        self._token = ""  # of a string, number or word that is not complete
        self._is_escaped = False
        self._before = ""
        self._fields: list[Field] = []

    def feed(self, text: str) -> list[Field]:
        """Returns what became complete by this piece: inner values first, the whole last."""
        self._fields = []
        if not self._open and not self.is_complete:
            text = self._from_begin(text)
        for character in text:
            if self.is_complete or self.problem:
                break
            self._read(character)
        return self._fields

    @property
    def path(self) -> Path:
        """Where the value stands that is being read."""
        return tuple(self._place(level) for level in self._open)

    def _from_begin(self, text: str) -> str:
        """Returns the text from where the value begins; keeps what may be its beginning."""
        self._before += text
        begin = _BEGIN.search(self._before)
        if begin is None:
            unsure = _UNSURE.search(self._before)
            self._before = self._before[unsure.start() :] if unsure else ""
            return ""
        return self._before[begin.start() :]

    def _read(self, character: str) -> None:
        if self._token.startswith('"'):
            self._in_string(character)
        elif self._token and character not in ",]}" + _BLANK:
            self._token += character
        else:
            if self._token:
                self._end_token()
            if character not in _BLANK and not self.problem:
                self._structural(character)

    def _in_string(self, character: str) -> None:
        self._token += character
        if self._is_escaped:
            self._is_escaped = False
        elif character == "\\":
            self._is_escaped = True
        elif character == '"':
            self._end_token()

    def _end_token(self) -> None:
        token, self._token = self._token, ""
        try:
            value = json.loads(token, parse_constant=_refuse)
        except ValueError:
            self.problem = f"expected a JSON value, found {token[:80]}"
            return
        level = self._open[-1]
        if level.wants.startswith("key"):
            self._take_key(level, value)
        else:
            self._complete(value)

    def _take_key(self, level: _Open, value: object) -> None:
        if isinstance(value, str):
            level.key, level.wants = value, "colon"
        else:
            self.problem = f"expected a key, found {value!r:.80}"

    def _structural(self, character: str) -> None:
        wants = self._open[-1].wants if self._open else "value"
        if character in "{[" and wants.startswith("value"):
            self._open.append(_Open({}) if character == "{" else _Open([], wants="value or end"))
        elif character in "}]" and self._may_end(character, wants):
            self._complete(self._open.pop().value)
        elif character == ":" and wants == "colon":
            self._open[-1].wants = "value"
        elif character == "," and wants == "comma or end":
            self._open[-1].wants = "key" if isinstance(self._open[-1].value, dict) else "value"
        elif self._may_begin_token(character, wants):
            self._token = character
        else:
            self.problem = f"expected {wants}, found {character}"

    def _may_end(self, character: str, wants: str) -> bool:
        kind = dict if character == "}" else list
        return wants.endswith("or end") and isinstance(self._open[-1].value, kind)

    @staticmethod
    def _may_begin_token(character: str, wants: str) -> bool:
        if wants.startswith("key"):
            return character == '"'
        return wants.startswith("value") and (character in '"-tfn' or character.isdigit())

    def _complete(self, value: object) -> None:
        """Puts a value where it belongs, and tells of it."""
        if not self._open:
            self.is_complete = True
            self._fields.append(Field((), value))
            return
        path, level = self.path, self._open[-1]
        if isinstance(level.value, list):
            level.value.append(value)
        else:
            level.value[str(level.key)] = value
        level.wants = "comma or end"
        self._fields.append(Field(path, value))

    @staticmethod
    def _place(level: _Open) -> str | int:
        return len(level.value) if isinstance(level.value, list) else str(level.key)


def _refuse(word: str) -> None:
    raise ValueError(f"expected JSON, found {word}")
