"""Grammars of JSON strings: of a length, of a regular expression, of a format.

Of regular expressions the regular part is read: characters, classes, groups, alternatives, repetitions, and
anchors at the ends. What has no anchor may stand anywhere, as JSON schema wants it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from language_models.backend import FormUnsupported
from language_models.gbnf import NOTHING, Body, alternatives, code_point, literal, repeated, sequence

# One character of a string, escapes and all; no half of a surrogate pair, so that one is one in any language.
CHARACTER = (
    r'([^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | '
    '"u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2})))'
)
ANY_STRING = rf'"\"" {CHARACTER}* "\""'

_DAY = "(0[1-9]|1[0-9]|2[0-8])"
_DATE = rf"[12][0-9]{{3}}-(0[1-9]|1[0-2])-{_DAY}"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_LABEL = "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?"
_HOST = rf"({_LABEL}\.){{1,3}}[a-z]{{2,8}}"
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PATH = r"(/[A-Za-z0-9._~-]{0,40}){0,6}"
FORMATS = {  # each narrower than its standard, never wider
    "date": f"^{_DATE}$",
    "time": f"^{_TIME}$",
    "date-time": f"^{_DATE}T{_TIME}$",
    "duration": "^P([0-9]{1,4}D|T[0-9]{1,4}[HMS]|[0-9]{1,4}DT[0-9]{1,4}[HMS])$",
    "email": rf"^[a-z0-9]([a-z0-9_-]{{0,20}}[a-z0-9])?@{_HOST}$",
    "hostname": f"^{_HOST}$",
    "ipv4": rf"^({_BYTE}\.){{3}}{_BYTE}$",
    "ipv6": "^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$",
    "uri": rf"^https?://{_HOST}{_PATH}$",
    "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}

LAST = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)
_CLASSES = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20)),
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_SPECIAL = r"\^$.|?*+()[]{}"

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Matched:
    """What a part of an expression matches, and how many characters that may be."""

    body: Body | None
    least: int
    most: int | None


EMPTY = Matched(NOTHING, 0, 0)


def strings(least: int, most: int | None, pattern: str | None) -> Body | None:
    """Returns the JSON strings of so many characters that match the pattern.

    Raises:
        FormUnsupported: The pattern is beyond the regular part, or allows lengths that the bounds do not.
    """
    if pattern is None:
        return sequence(r'"\""', repeated(CHARACTER, least, most), r'"\""')
    found = _Expression(pattern).whole()
    fits = found.least >= least and (most is None or (found.most is not None and found.most <= most))
    if not fits:
        found = _with_open_ends_bounded(pattern, least, most)
    return sequence(r'"\""', found.body, r'"\""')


def _with_open_ends_bounded(pattern: str, least: int, most: int | None) -> Matched:
    """Returns the pattern's texts where lengths bound the repetition that is all of it, as in ^[a-z]+$."""
    found = _Expression(pattern, least, most).whole()
    if found.least < least or (most is not None and (found.most is None or found.most > most)):
        raise FormUnsupported(
            f"keyword pattern: {pattern!r} matches texts of {found.least} to {found.most or 'any number of'} "
            f"characters, and minLength/maxLength say {least} to {most}: a grammar holds to one of the two; "
            "put the length into the pattern, as in ^[a-z]{2,8}$"
        )
    return found


class _Expression:
    """One regular expression, read from left to right.

    With lengths given, a repetition without end that stands alone is bounded by them.
    """

    def __init__(self, text: str, least: int = 0, most: int | None = None) -> None:
        self._text = text
        self._at = 0
        self._least, self._most = least, most

    def whole(self) -> Matched:
        """Returns what the expression finds, with any text around it where no anchor stands."""
        ways = [self._searched()]
        while self._take("|"):
            ways.append(self._searched())
        if self._at < len(self._text):
            raise self._unsupported("an unmatched )")
        return _any_of(ways)

    def _searched(self) -> Matched:
        around = Matched(f"{CHARACTER}*", 0, None)
        before = EMPTY if self._take("^") else around
        found = self._sequence()
        after = EMPTY if self._take("$") else around
        return _joined([before, found, after])

    def _choice(self) -> Matched:
        ways = [self._sequence()]
        while self._take("|"):
            ways.append(self._sequence())
        return _any_of(ways)

    def _sequence(self) -> Matched:
        parts = []
        while self._at < len(self._text) and self._text[self._at] not in "|)$":
            parts.append(self._repeated(self._one()))
        return _joined(parts)

    def _repeated(self, one: Matched) -> Matched:
        least, most = self._counts()
        if most is None and one.least == one.most == 1 and self._is_alone():
            least, most = max(least, self._least), self._most
        if self._take("?") or self._take("+"):
            pass  # lazy or possessive: the same texts
        longest = None if most is None or one.most is None else most * one.most
        return Matched(repeated(one.body, least, most), least * one.least, longest)

    def _is_alone(self) -> bool:
        return self._at == len(self._text) or self._text[self._at :] == "$"

    def _counts(self) -> tuple[int, int | None]:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return counts
        if not self._take("{"):
            return 1, 1
        inner, _, rest = self._text[self._at :].partition("}")
        least, comma, most = inner.partition(",")
        if not least.isdigit() or not (most == "" or most.isdigit()) or "}" not in self._text[self._at :]:
            raise self._unsupported("{ that begins no repetition")
        self._at = len(self._text) - len(rest)
        return int(least), (int(most) if most else None) if comma else int(least)

    def _one(self) -> Matched:
        if self._take("("):
            return self._group()
        if self._take("["):
            return _character(self._class())
        if self._take("."):
            return _character(_without(((0x0A, 0x0A), (0x0D, 0x0D))))
        if self._take("\\"):
            return _character(self._escape())
        char = self._text[self._at]
        if char in _SPECIAL:
            raise self._unsupported(f"{char} at {self._at}")
        self._at += 1
        return _character(((ord(char), ord(char)),))

    def _group(self) -> Matched:
        if self._take("?") and not self._take(":"):
            if not (self._take("P<") or self._take("<")) or self._peek() in ("=", "!"):
                raise self._unsupported(f"(? at {self._at}: only (?: and named groups")
            self._at = self._text.index(">", self._at) + 1
        found = self._choice()
        if not self._take(")"):
            raise self._unsupported(f"{self._peek() or 'its end'} within a group")
        return found

    def _class(self) -> Ranges:
        negated = self._take("^")
        found: list[tuple[int, int]] = []
        while not (found and self._peek() == "]"):
            first = self._member()
            if len(first) == 1 and self._peek() == "-" and self._text[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                found.append((first[0][0], self._member()[-1][1]))
            else:
                found.extend(first)
        self._at += 1
        return _without(tuple(found)) if negated else tuple(found)

    def _member(self) -> Ranges:
        if self._take("\\"):
            return self._escape()
        char = self._peek()
        if not char:
            raise self._unsupported("a class without its ]")
        self._at += 1
        return ((ord(char), ord(char)),)

    def _escape(self) -> Ranges:
        char = self._peek()
        self._at += 1
        if char.lower() in _CLASSES:
            return _CLASSES[char] if char.islower() else _without(_CLASSES[char.lower()])
        if char in ("x", "u"):
            digits = self._text[self._at : self._at + (2 if char == "x" else 4)]
            self._at += len(digits)
            return ((int(digits, 16), int(digits, 16)),)
        if char in _ESCAPES:
            char = _ESCAPES[char]
        elif not char or char.isalnum():
            raise self._unsupported(f"\\{char}")
        return ((ord(char), ord(char)),)

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _unsupported(self, what: str) -> FormUnsupported:
        return FormUnsupported(
            f"keyword pattern: {self._text!r}: a grammar cannot hold to {what}; expected characters, "
            "classes, groups, |, repetitions, and ^ and $ at the ends"
        )


def _joined(parts: list[Matched]) -> Matched:
    most = [part.most for part in parts]
    return Matched(
        sequence(*(part.body for part in parts)),
        sum(part.least for part in parts),
        None if None in most else sum(m for m in most if m is not None),
    )


def _any_of(ways: list[Matched]) -> Matched:
    most = [way.most for way in ways]
    return Matched(
        alternatives(way.body for way in ways),
        min(way.least for way in ways),
        None if None in most else max(m for m in most if m is not None),
    )


def _character(ranges: Ranges) -> Matched:
    """Returns one character of these, spelt as JSON spells it."""
    holes = (*((n, n) for n in (0x22, 0x5C, 0x7F)), (0, 0x1F), _SURROGATES)
    plain = [(low, high) for first, last in ranges for low, high in _cut(first, last, holes)]
    shown = "".join(code_point(low) + (f"-{code_point(high)}" if high > low else "") for low, high in plain)
    special = [0x22, 0x5C, *range(0x20), 0x7F]
    spelt = [
        literal(json.dumps(chr(number))[1:-1])
        for number in special
        if any(a <= number <= b for a, b in ranges)
    ]
    body = alternatives([f"[{shown}]" if shown else None, *spelt])
    return Matched(body, 1, 1)


def _cut(first: int, last: int, holes: Ranges) -> list[tuple[int, int]]:
    """Returns what is left of a range without the holes."""
    pieces = [(first, last)]
    for low, high in holes:
        pieces = [
            piece
            for a, b in pieces
            for piece in ((a, min(b, low - 1)), (max(a, high + 1), b))
            if piece[0] <= piece[1]
        ]
    return pieces


def _without(ranges: Ranges) -> Ranges:
    """Returns all characters but these; of those below a blank none."""
    return tuple(_cut(0x20, LAST, (*ranges, (0x7F, 0x7F))))
