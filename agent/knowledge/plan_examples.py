"""Plans that succeeded, as examples for new ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.knowledge.kept_encoder import KeptEncoder
from agent.knowledge.likeness import most_like
from tool_bank.database import Database, now
from tool_bank.encoder import Encoder

LIKE = 0.5  # cosine from which on a plan can teach something
NEWEST = 2_000  # plans that are compared


@dataclass(frozen=True)
class PlanExample:
    """A plan that succeeded.

    Attributes:
        request: Id of the request that it fulfilled.
        objective: What was wanted.
        source: The plan.
        tools: Names of the tools that it used.
        likeness: Cosine to the objective that was asked for.
    """

    request: str
    objective: str
    source: str
    tools: tuple[str, ...]
    likeness: float = 0.0


class PlanExamples:
    """The plans of the record.

    Args:
        database: The agent's record.
        encoder: Makes vectors of objectives; they are kept.
    """

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = KeptEncoder(database, encoder)

    def keep(self, request: str, objective: str, source: str, tools: Sequence[str]) -> None:
        """Keeps the plan that fulfilled a request, in place of one that it had."""
        with self._database.transaction():
            self._database.write(
                "INSERT OR REPLACE INTO plans (request, objective, source, tools, at) VALUES (?, ?, ?, ?, ?)",
                (request, objective, source, json.dumps(list(tools)), now()),
            )

    def similar(self, objective: str, k: int = 2, *, but: str = "") -> list[PlanExample]:
        """Returns at most k plans for similar objectives, the most similar first, each text once.

        Args:
            objective: What is wanted.
            k: How many at most.
            but: Id of a request whose own plan is no example.
        """
        known = {example.source: example for example in reversed(self._all(but))}
        examples = list(known.values())
        objectives = [example.objective for example in examples]
        found = most_like(self._encoder, objective, objectives, LIKE, k)
        return [replace(examples[place], likeness=likeness) for place, likeness in found]

    def _all(self, but: str) -> list[PlanExample]:
        rows = self._database.rows(
            "SELECT request, objective, source, tools FROM plans WHERE request != ? "
            "ORDER BY at DESC, request LIMIT ?",
            (but, NEWEST),
        )
        return [
            PlanExample(
                name,
                objective,
                source,
                tuple(self._database.parsed(tools, f"the tools of the plan of request {name}")),
            )
            for name, objective, source, tools in rows
        ]
