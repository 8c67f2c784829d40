"""Aliases: names that another tool answers for, with its parameters renamed and some of them bound.

An alias is a signpost before the tool that bore the name, which is kept, retired: taking the signpost away
brings it back. A target may be an alias itself; who calls the first is led to the last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tool_bank.database import Database
from tool_bank.errors import StepRefused, ToolCallRefused


@dataclass(frozen=True)
class Alias:
    """A name that another tool answers for.

    Attributes:
        name: The name.
        target: The tool that answers, or another alias.
        renamed: From each parameter of the alias to that of its target.
        bound: Parameters of the target, each with the value that it always has.
        why: Why it is one, in words.
        at: Since when.
    """

    name: str
    target: str
    renamed: Mapping[str, str]
    bound: Mapping[str, Any]
    why: str
    at: str

    def translated(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the target's arguments for those of the alias; `ToolCallRefused` for unknown ones."""
        unknown = [name for name in arguments if name not in self.renamed]
        if unknown:
            raise ToolCallRefused(
                f"{self.name}, an alias of {self.target}: expected arguments "
                f"{', '.join(self.renamed) or 'none'}, found {', '.join(arguments)}: "
                f"unknown {', '.join(unknown)}"
            )
        return {**{self.renamed[name]: value for name, value in arguments.items()}, **self.bound}


class Aliases:
    """The aliases of one bank, in its file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, name: str) -> Alias | None:
        """Returns the alias of this name; None where it is none."""
        found = self._select("WHERE alias = ?", (name,))
        return found[0] if found else None

    def to(self, target: str) -> list[Alias]:
        """Returns the aliases that lead straight to a tool, in order of their names."""
        return self._select("WHERE target = ? ORDER BY alias", (target,))

    def names(self) -> set[str]:
        """Returns the names of all aliases."""
        return {name for (name,) in self._database.rows("SELECT alias FROM aliases")}

    def path(self, name: str) -> list[Alias]:
        """Returns the signposts from a name to the tool that answers for it; none for a tool's own name."""
        path: list[Alias] = []
        while (alias := self.of(path[-1].target if path else name)) is not None:
            path.append(alias)
        return path

    def target(self, name: str) -> str:
        """Returns the name of the tool that answers for a name."""
        path = self.path(name)
        return path[-1].target if path else name

    def put(self, alias: Alias) -> None:
        """Keeps an alias; to be called within a transaction.

        Raises:
            StepRefused: It would lead to itself.
        """
        if alias.name in (alias.target, self.target(alias.target)):
            raise StepRefused(f"alias {alias.name}: {alias.target} leads to {alias.name} itself")
        self._database.write(
            "INSERT OR REPLACE INTO aliases (alias, target, renamed, bound, why, at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (alias.name, alias.target, _json(alias.renamed), _json(alias.bound), alias.why, alias.at),
        )

    def remove(self, name: str) -> None:
        """Takes an alias away, if there is one; to be called within a transaction."""
        self._database.write("DELETE FROM aliases WHERE alias = ?", (name,))

    def _select(self, condition: str, values: tuple[str, ...]) -> list[Alias]:
        rows = self._database.rows(
            f"SELECT alias, target, renamed, bound, why, at FROM aliases {condition}", values
        )
        return [
            Alias(name, target, json.loads(renamed), json.loads(bound), why, at)
            for name, target, renamed, bound, why, at in rows
        ]


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, allow_nan=False)
