"""The ledger: one row for every call, with the request that it was made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from programs.utf8_text import writable
from tool_bank.database import Database, now

UseOutcome = Literal[
    "returned",
    "refused",  # the arguments do not fit, or the tool is not served; nothing ran
    "failed",  # the tool raised or came to grief
    "stopped",  # by limits of the caller's own, or by the sandbox's failure: not the tool's fault
]
LONGEST = 1000  # characters of a request or an error that are kept


@dataclass(frozen=True)
class Use:
    """One call.

    Attributes:
        name: The name that was called, which may be an alias.
        version: The version that answered.
        outcome: What came of it.
        seconds: How long it took.
        request: What it was made for; empty where nobody said.
        error: Why it did not return; empty where it did.
        at: When.
    """

    name: str
    version: str
    outcome: UseOutcome
    seconds: float
    request: str = ""
    error: str = ""
    at: str = field(default_factory=now)


class Ledger:
    """The uses of one bank's tools, in its file; they are added and never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, use: Use) -> None:
        """Adds a row, and waits for no disk: a row lost in a crash of the machine is no lost tool."""
        row = (
            use.at,
            _kept(use.request),
            use.name,
            use.version,
            use.outcome,
            _kept(use.error),
            use.seconds,
        )
        with self._database.quick_transaction():
            self._database.write(
                "INSERT INTO uses (at, request, name, version, outcome, error, seconds) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def clock(self) -> int:
        """Returns the number of the last row."""
        (number,) = self._database.rows("SELECT COALESCE(MAX(number), 0) FROM uses")[0]
        return int(number)

    def last_judged(self, names: list[str], version: str, after: int, count: int) -> list[Use]:
        """Returns the last uses of a version that say something of it, returned or failed, the newest first.

        Args:
            names: The names that it may have been called by.
            version: Which version.
            after: Number of a row; only later ones count.
            count: How many at most.
        """
        marks = ", ".join("?" * len(names))
        rows = self._database.rows(
            "SELECT name, version, outcome, seconds, request, error, at FROM uses "
            f"WHERE name IN ({marks}) AND version = ? AND number > ? AND outcome IN ('returned', 'failed') "
            "ORDER BY number DESC LIMIT ?",
            (*names, version, after, count),
        )
        return [Use(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Returns how often each tool answered, by its own name; those that never did are left out."""
        question = "SELECT versions.name, COUNT(*) FROM uses JOIN versions USING (version) GROUP BY 1"
        return dict(self._database.rows(question))

    def of_tool(self, name: str) -> list[Use]:
        """Returns the uses that one tool answered, in order, calls by its aliases included."""
        rows = self._database.rows(
            "SELECT uses.name, version, outcome, seconds, request, error, at "
            "FROM uses JOIN versions USING (version) WHERE versions.name = ? ORDER BY number",
            (name,),
        )
        return [Use(*row) for row in rows]

    def by_tool(self) -> dict[str, list[Use]]:
        """Returns all uses in order, by the tool that answered."""
        rows = self._database.rows(
            "SELECT versions.name, uses.name, version, outcome, seconds, request, error, at "
            "FROM uses JOIN versions USING (version) ORDER BY number"
        )
        found: dict[str, list[Use]] = {}
        for tool, *row in rows:
            found.setdefault(tool, []).append(Use(*row))
        return found


def _kept(text: str) -> str:
    """Returns a text as a file can hold it: cut, and without what UTF-8 cannot write."""
    return writable(text[:LONGEST])
