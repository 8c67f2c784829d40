"""Tests that a version entered with: calls by name, and what they must return, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tool_bank.database import Database


@dataclass(frozen=True)
class ToolTest:
    """One call and its right result.

    Attributes:
        arguments: By name, as JSON carries them.
        expected: What the tool must return, as JSON carries it.
        origin: Who says so: "example" (its user), "consensus", "reference", ...
        hidden: Whether it was kept for promotion.
    """

    __test__ = False  # its name is that of the field; pytest shall not take it for a test

    arguments: Mapping[str, Any]
    expected: Any
    origin: str
    hidden: bool = False


class TestRecord:
    """The tests of every version, in the bank's file; they are added and never changed."""

    __test__ = False

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, version: str, tests: Iterable[ToolTest]) -> None:
        """Keeps tests of a version; of two with the same arguments the first stays.

        Raises:
            ValueError: A value is none that JSON can carry.
        """
        with self._database.transaction():
            self._database.write_many(
                "INSERT INTO tests VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    (version, _written(test.arguments), _written(test.expected), test.origin, test.hidden)
                    for test in tests
                ],
            )

    def of(self, version: str) -> list[ToolTest]:
        """Returns the tests of a version, in the order in which they came."""
        rows = self._database.rows(
            "SELECT arguments, expected, origin, hidden FROM tests WHERE version = ? ORDER BY rowid",
            (version,),
        )
        return [
            ToolTest(self._parsed(arguments), self._parsed(expected), origin, bool(hidden))
            for arguments, expected, origin, hidden in rows
        ]

    def _parsed(self, text: str) -> Any:  # noqa: ANN401
        return self._database.parsed(text, "a test")


def _written(value: object) -> str:
    """Returns a value as canonical JSON."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"test {value!r:.200}: expected a value that JSON can carry: {error}") from error
