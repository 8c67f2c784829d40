"""How requests like this one ended before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.knowledge.kept_encoder import KeptEncoder
from agent.knowledge.likeness import most_like
from agent.request import ENDED, Request, State
from agent.requests.request_json import outcome_from, wish_from
from tool_bank.database import Database
from tool_bank.encoder import Encoder

LIKE = 0.6  # cosine above which two objectives speak of the same thing
NEWEST = 2_000  # ended requests that are compared


@dataclass(frozen=True)
class PastOutcome:
    """How an earlier request ended.

    Attributes:
        request: Its id.
        objective: What was wanted.
        state: How it ended.
        summary: What was done or why it failed.
        tools: Names of the tools that were used.
        seconds: Time worked.
        likeness: Cosine to the objective that was asked for.
    """

    request: str
    objective: str
    state: State
    summary: str
    tools: tuple[str, ...]
    seconds: float
    likeness: float = 0.0


class PastOutcomes:
    """The ended requests of the record, each user's own.

    Args:
        database: The agent's record.
        encoder: Makes vectors of objectives; they are kept.
    """

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = KeptEncoder(database, encoder)

    def similar(self, request: Request, k: int = 3) -> list[PastOutcome]:
        """Returns at most k ended requests of the same user, the most similar first; never the request."""
        ended = self._ended(request)
        objectives = [outcome.objective for outcome in ended]
        found = most_like(self._encoder, request.wish.objective, objectives, LIKE, k)
        return [replace(ended[place], likeness=likeness) for place, likeness in found]

    def _ended(self, request: Request) -> list[PastOutcome]:
        """Returns the user's ended requests but orders of tools, the newest first."""
        marks = ", ".join("?" * len(ENDED))
        rows = self._database.rows(
            f"SELECT id, wish, state, outcome FROM requests WHERE state IN ({marks}) AND id != ? "
            "ORDER BY changed DESC, id LIMIT ?",
            (*sorted(ENDED), request.id, NEWEST),
        )
        found = []
        for name, wish_text, state, outcome_text in rows:
            wish = wish_from(self._database.parsed(wish_text, f"the wish of request {name}"))
            if wish.user != request.wish.user or wish.tool is not None or outcome_text is None:
                continue
            outcome = outcome_from(self._database.parsed(outcome_text, f"the outcome of request {name}"))
            found.append(
                PastOutcome(
                    name, wish.objective, State(state), outcome.summary, outcome.tools, outcome.seconds
                )
            )
        return found
