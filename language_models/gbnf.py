"""Texts of GBNF, llama.cpp's notation of grammars: literals, sequences, alternatives, repetitions, rules.

A body is the right side of a rule; None is the body that nothing matches.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST_REPEATED = 1000  # llama.cpp unfolds a repetition into as many rules, and refuses very many
NOTHING = '""'

Body = str


def literal(text: str) -> Body:
    """Returns the body that matches just this text."""
    return '"' + "".join(map(_escaped, text)) + '"'


def sequence(*bodies: Body | None) -> Body | None:
    """Returns the bodies one after another."""
    kept = [body for body in bodies if body != NOTHING]
    if any(body is None for body in kept):
        return None
    return " ".join(body for body in kept if body) or NOTHING


def alternatives(bodies: Iterable[Body | None]) -> Body | None:
    """Returns any one of the bodies."""
    kept = list(dict.fromkeys(body for body in bodies if body is not None))
    if len(kept) < 2:
        return kept[0] if kept else None
    return "(" + " | ".join(kept) + ")"


def optional(body: Body | None) -> Body:
    """Returns the body, or nothing."""
    return NOTHING if body in (None, NOTHING) else f"({body})?"


def repeated(body: Body | None, least: int, most: int | None) -> Body | None:
    """Returns the body from `least` to `most` times; any number where `most` is None."""
    if most == 0 or (body is None and least == 0) or body == NOTHING:
        return NOTHING
    if body is None or (most is not None and most < least):
        return None
    if most is None:
        return sequence(_times(body, least), f"({body})*")
    return sequence(_times(body, least), _at_most(body, most - least))


def any_but(*starts: str) -> Body:
    """Returns the body of all texts that begin with none of these, which differ in their first characters."""
    firsts = "".join(_escaped(start[0]) for start in starts)
    ways: list[Body | None] = [f"[^{firsts}] .*"]
    for start in starts:
        ways += [f"{literal(start[:place])} [^{_escaped(start[place])}] .*" for place in range(1, len(start))]
    return alternatives(ways) or NOTHING


def _times(body: Body, count: int) -> Body:
    """Returns the body so many times, in blocks where there are very many."""
    if count == 0:
        return NOTHING
    blocks, rest = divmod(count, MOST_REPEATED)
    many = f"(({body}){{{MOST_REPEATED}}}){{{blocks}}}" if blocks else ""
    return " ".join(filter(None, (many, f"({body}){{{rest}}}" if rest else "")))


def _at_most(body: Body, count: int) -> Body | None:
    """Returns the body at most so many times, in blocks where there are very many."""
    if count == 0:
        return NOTHING
    if count <= MOST_REPEATED:
        return f"({body}){{0,{count}}}"
    blocks, rest = divmod(count, MOST_REPEATED)
    block = f"(({body}){{{MOST_REPEATED}}})"
    return alternatives(
        [
            f"{block}{{0,{blocks - 1}}} ({body}){{0,{MOST_REPEATED}}}",
            f"{block}{{{blocks}}} ({body}){{0,{rest}}}" if rest else None,
        ]
    )


class Rules:
    """Named rules of one grammar."""

    def __init__(self) -> None:
        self._names: dict[Body, str] = {}
        self._bodies: dict[str, Body] = {}

    def add(self, body: Body | None) -> Body | None:
        """Returns the name of the rule of this body."""
        if body is None:
            return None
        if body not in self._names:
            self._names[body] = self.reserve()
            self._bodies[self._names[body]] = body
        return self._names[body]

    def reserve(self) -> str:
        """Returns a name whose body is to come."""
        name = f"r{len(self._bodies)}"
        self._bodies[name] = NOTHING
        return name

    def grammar(self, root: Body) -> str:
        """Returns the whole grammar."""
        lines = [f"root ::= {root}", *(f"{name} ::= {body}" for name, body in self._bodies.items())]
        return "\n".join(lines) + "\n"


def _escaped(char: str) -> str:
    match char:
        case "\n":
            return "\\n"
        case "\r":
            return "\\r"
        case "\t":
            return "\\t"
        case '"' | "\\" | "]" | "[":
            return "\\" + char
    return char if char.isprintable() else _by_number(ord(char))


def code_point(number: int) -> str:
    """Returns a character as it stands in a class, by its number."""
    char = chr(number)
    return char if char.isascii() and char.isalnum() else _by_number(number)


def _by_number(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
