"""Draws random texts of a grammar, as a model would that has learnt nothing: the worst that a grammar lets pass.

Reads the part of GBNF that `language_models.gbnf` writes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[a-z][a-z0-9]*|\{\d+(?:,\d*)?\}|[()|*?+.])', re.DOTALL
)
ESCAPE = re.compile(r"\\(x[0-9A-F]{2}|u[0-9A-F]{4}|U[0-9A-F]{8}|.)", re.DOTALL)
STRANGE = 'aZ09 _-.,:/"\\\n\t\x7fé€漢😀'

Draw = Callable[[random.Random], str]


def drawing(grammar: str) -> Draw:
    """Returns what draws one text of the grammar's root at a time."""
    rules: dict[str, Draw] = {}
    for line in grammar.splitlines():
        name, _, body = line.partition(" ::= ")
        rules[name] = _Reader(body, rules).choice()
    return rules["root"]


class _Reader:
    """Reads one body."""

    def __init__(self, body: str, rules: dict[str, Draw]) -> None:
        self._tokens = TOKEN.findall(body)
        assert (
            "".join(self._tokens).replace(" ", "") == re.sub(r"\s", "", body).replace(" ", "") or self._tokens
        )
        self._rules = rules

    def choice(self) -> Draw:
        ways = [self._sequence()]
        while self._tokens and self._tokens[0] == "|":
            self._tokens.pop(0)
            ways.append(self._sequence())
        return lambda rng: rng.choice(ways)(rng)

    def _sequence(self) -> Draw:
        parts: list[Draw] = []
        while self._tokens and self._tokens[0] not in ("|", ")"):
            parts.append(self._repeated(self._one()))
        return lambda rng: "".join(part(rng) for part in parts)

    def _one(self) -> Draw:
        token = self._tokens.pop(0)
        if token == "(":
            inner = self.choice()
            assert self._tokens.pop(0) == ")"
            return inner
        if token.startswith('"'):
            text = _unescaped(token[1:-1])
            return lambda _: text
        if token.startswith("["):
            pick = _class(token[1:-1])
            return pick
        if token == ".":
            return lambda rng: rng.choice(STRANGE)
        return lambda rng: self._rules[token](rng)

    def _repeated(self, one: Draw) -> Draw:
        if not self._tokens or self._tokens[0][0] not in "*?+{":
            return one
        token = self._tokens.pop(0)
        least, most = {"*": (0, 3), "?": (0, 1), "+": (1, 3)}.get(token, (-1, -1))
        if least < 0:
            low, comma, high = token[1:-1].partition(",")
            least = int(low)
            most = least if not comma else int(high) if high else least + 3

        def many(rng: random.Random) -> str:
            # The ends of a range are where mistakes are.
            count = rng.choice([least, most, rng.randint(least, most), min(most, least + 1)])
            return "".join(one(rng) for _ in range(count))

        return many


def _unescaped(text: str) -> str:
    def spelt(match: re.Match[str]) -> str:
        sign = match[1]
        if len(sign) > 1:
            return chr(int(sign[1:], 16))
        return {"n": "\n", "r": "\r", "t": "\t"}.get(sign, sign)

    return ESCAPE.sub(spelt, text)


def _class(text: str) -> Draw:
    negated = text.startswith("^")
    members = re.findall(
        r"((?:\\(?:x..|u.{4}|U.{8}|.))|.)(?:-((?:\\(?:x..|u.{4}|U.{8}|.))|.))?", text[negated:], re.DOTALL
    )
    ranges = [(ord(_unescaped(a)), ord(_unescaped(b or a))) for a, b in members]
    if negated:
        allowed = [char for char in STRANGE if not any(a <= ord(char) <= b for a, b in ranges)]
        return lambda rng: rng.choice(allowed)

    def pick(rng: random.Random) -> str:
        low, high = rng.choice(ranges)
        return chr(rng.choice([low, high, rng.randint(low, high)]))

    return pick
