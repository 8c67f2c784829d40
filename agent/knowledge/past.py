"""How requests like this one ended before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agent.knowledge.kept_encoder import KeptEncoder
from agent.request import ENDED, Request, State
from agent.requests.request_json import outcome_from, wish_from
from tool_bank.database import Database
from tool_bank.encoder import Encoder

LIKE = 0.6  # cosine above which two objectives speak of the same thing
NEWEST = 2_000  # ended requests that are compared
COMPARED = 2_000  # characters of an objective: the encoder reads about 1,000


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
        least: Cosine below which a request is not similar.
    """

    def __init__(self, database: Database, encoder: Encoder, least: float = LIKE) -> None:
        self._database = database
        self._encoder = KeptEncoder(database, encoder)
        self._least = least

    def similar(self, request: Request, k: int = 3) -> list[PastOutcome]:
        """Returns at most k ended requests of the same user, the most similar first; never the request."""
        ended = self._ended(request)
        if not ended or not request.wish.objective.strip() or k < 1:
            return []
        vectors = self._encoder.encode([outcome.objective[:COMPARED] for outcome in ended])
        likeness = vectors @ self._encoder.once(request.wish.objective[:COMPARED])
        best = np.argsort(-likeness, kind="stable")[:k]
        return [
            _with_likeness(ended[place], float(likeness[place]))
            for place in best
            if likeness[place] >= self._least
        ]

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


def _with_likeness(outcome: PastOutcome, likeness: float) -> PastOutcome:
    return replace(outcome, likeness=round(likeness, 4))
