"""The steps from one schema of a SQLite file to the next, as statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What leads from one schema to the next.

    Attributes:
        script: SQL statements.
        immutable: Tables whose rows are added and never changed from then on.
    """

    script: str
    immutable: tuple[str, ...] = ()


def statements_of(steps: Sequence[Step], application_id: int, found: int) -> Iterator[str]:
    """Yields what brings a file from schema `found` to the newest: step n leads from schema n to n + 1."""
    for step in steps[found:]:
        yield from _split(step.script)
        for table in step.immutable:
            for act in ("UPDATE", "DELETE"):
                yield (
                    f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'immutable'); END"
                )
    yield f"PRAGMA application_id = {application_id}"
    yield f"PRAGMA user_version = {len(steps)}"


def _split(script: str) -> Iterator[str]:
    """Yields the statements of a script one by one: `executescript` would end the transaction around it."""
    waiting = ""
    for line in script.splitlines(keepends=True):
        waiting += line
        if sqlite3.complete_statement(waiting):
            yield waiting
            waiting = ""
