"""Test cases of a tool, and suites of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from evaluators.literals import decode, encode
from programs.comparison import differ

# Who says that the expected value is right.
Source = Literal["example", "reference", "consensus", "model", "relation"]
# What the input is like; the archive's signature has one score for each.
Family = Literal["examples", "edge", "small", "large", "relation"]


@dataclass(frozen=True)
class Case:
    """One input and what it must give.

    Attributes:
        arguments: One per parameter, in order.
        expected: What the tool must return.
        source: Who says so.
        family: What the input is like.
        quorum: Share of the voters that say so, by weight; 1 for what the user or a reference says.
        voters: How many different programs say so; 0 where none was asked.
        hidden: Whether it is kept for promotion: no prompt sees it, no selection uses it.
    """

    arguments: tuple[object, ...]
    expected: object
    source: Source
    family: Family = "small"
    quorum: float = 1.0
    voters: int = 0
    hidden: bool = False

    def is_met_by(self, value: object, *, any_order: bool = False) -> bool:
        """Returns whether a value is the expected one."""
        return not differ(self.expected, value, any_order=any_order)

    def call(self, name: str) -> str:
        """Returns the call as its user would write it."""
        return f"{name}({', '.join(map(repr, self.arguments))})"


@dataclass(frozen=True)
class TestSuite:
    """The test cases of one tool.

    Attributes:
        cases: In the order in which they tell programs apart best.
        abstained: Why there is no consensus; empty where there is one, or where none was needed.
        contested: Examples that many programs agree to answer otherwise, in words, for the user to judge.
        refused: Inputs outside the precondition that were tried, on which a tool need only fail cleanly.
    """

    __test__ = False  # its name is that of the field; pytest shall not take it for a test

    cases: tuple[Case, ...] = ()
    abstained: str = ""
    contested: tuple[str, ...] = ()
    refused: tuple[tuple[object, ...], ...] = ()

    @property
    def is_provisional(self) -> bool:
        """Whether a tool that passes is on trial only, since nobody could say what is right."""
        return bool(self.abstained)

    @property
    def visible(self) -> TestSuite:
        """The cases that selection may use."""
        return replace(self, cases=tuple(case for case in self.cases if not case.hidden))

    @property
    def hidden(self) -> TestSuite:
        """The cases that are kept for promotion."""
        return replace(self, cases=tuple(case for case in self.cases if case.hidden))

    def with_more(self, other: TestSuite) -> TestSuite:
        """Returns the suite with those cases of another whose inputs it lacks."""
        known = {repr(case.arguments) for case in self.cases}
        more = tuple(case for case in other.cases if repr(case.arguments) not in known)
        return replace(self, cases=self.cases + more)

    def to_json(self) -> str:
        """Returns the suite as one line of JSON; values are written as `literals.encode` does."""
        return json.dumps(
            {
                "cases": [_written(case) for case in self.cases],
                "abstained": self.abstained,
                "contested": list(self.contested),
                "refused": [encode(arguments) for arguments in self.refused],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> TestSuite:
        """Returns the suite that `to_json` wrote; raises ValueError, KeyError or TypeError for any other."""
        read = json.loads(text)
        return cls(
            tuple(map(_read, read["cases"])),
            read["abstained"],
            tuple(read["contested"]),
            tuple(map(_arguments, read["refused"])),
        )


def is_hidden(arguments: tuple[object, ...]) -> bool:
    """Returns whether an input belongs to the hidden half: its hash says so, whoever asks, whenever."""
    text = json.dumps(encode(arguments))  # not the repr, which tells a set in an order of its process
    return hashlib.blake2b(text.encode()).digest()[0] % 2 == 1


def with_hidden_half(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Returns the cases, half of them hidden; examples never are: their user has shown them."""
    return tuple(replace(c, hidden=c.source != "example" and is_hidden(c.arguments)) for c in cases)


def _written(case: Case) -> dict[str, object]:
    return {**vars(case), "arguments": encode(case.arguments), "expected": encode(case.expected)}


def _read(fields: dict[str, Any]) -> Case:
    arguments, expected = _arguments(fields["arguments"]), decode(fields["expected"])
    return Case(**{**fields, "arguments": arguments, "expected": expected})


def _arguments(form: object) -> tuple[object, ...]:
    found = decode(form)
    if not isinstance(found, tuple):
        raise ValueError(f"arguments: expected a tuple, found {found!r:.80}")
    return found
