"""What many readers of the record ask: pages of requests, and the events that came after one they know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agent.request import ENDED, Outcome, State
from agent.requests.request_json import outcome_from
from agent.requests.request_store import RequestEvent, event_from
from tool_bank.database import Database, batches

EVENTS_AT_ONCE = 200
NO_END = (1 << 63) - 1  # no event has a greater number
ENDS = frozenset(state.value for state in ENDED)  # kinds of events after which there are no more


class RequestLedger:
    """Reads requests and events in portions; many threads may use it at once.

    Args:
        database: The agent's record.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, states: Collection[State], limit: int, offset: int) -> list[str]:
        """Returns the ids of some requests in some states, the newest first."""
        return self._ids(states, "ORDER BY rowid DESC LIMIT ? OFFSET ?", (limit, offset))

    def _ids(self, states: Collection[State], order: str, values: Sequence[int]) -> list[str]:
        statement = f"SELECT id FROM requests WHERE state IN ({_marks(states)}) {order}"
        return [id for (id,) in self._database.rows(statement, (*states, *values))]

    def count(self, states: Collection[State]) -> int:
        """Returns how many requests are in some states."""
        ((count,),) = self._database.rows(
            f"SELECT count(*) FROM requests WHERE state IN ({_marks(states)})", [*states]
        )
        return int(count)

    def states(self, requests: Collection[str]) -> tuple[int, Mapping[str, State]]:
        """Returns the number of the last event, and the states of those requests that are known then."""
        found: dict[str, State] = {}
        with self._database.snapshot():
            for marks, batch in batches(requests):
                rows = self._database.rows(f"SELECT id, state FROM requests WHERE id IN ({marks})", batch)
                found |= {id: State(state) for id, state in rows}
            return self.head(), found

    def head(self) -> int:
        """Returns the number of the last event, 0 before the first."""
        ((number,),) = self._database.rows("SELECT max(number) FROM events")
        return int(number or 0)

    def touched(self, after: int) -> Mapping[str, int]:
        """Returns the requests to which something happened after an event, each with its last event."""
        statement = "SELECT request, max(number) FROM events WHERE number > ? GROUP BY request"
        return dict(self._database.rows(statement, (after,)))

    def events(
        self,
        requests: Collection[str] | None,
        after: int,
        up_to: int | None = None,
        most: int = EVENTS_AT_ONCE,
    ) -> list[RequestEvent]:
        """Returns what happened next, in the order in which it did.

        Args:
            requests: To which; None: to all.
            after: Number of the last event that is known.
            up_to: Number of the last event that is wanted; None: all that there are.
            most: How many at most.
        """
        last = NO_END if up_to is None else up_to
        if requests is None:
            return self._events("", (), after, last, most)
        found = [
            event
            for marks, batch in batches(requests)
            for event in self._events(f"AND request IN ({marks})", batch, after, last, most)
        ]
        return sorted(found, key=lambda event: event.number)[:most]

    def _events(
        self, of: str, requests: Sequence[str], after: int, last: int, most: int
    ) -> list[RequestEvent]:
        rows = self._database.rows(
            f"SELECT number, request, at, kind, detail FROM events WHERE number > ? AND number <= ? {of} "
            "ORDER BY number LIMIT ?",
            (after, last, *requests, most),
        )
        return [event_from(self._database, row) for row in rows]

    def outcome(self, request: str) -> Outcome | None:
        """Returns what came of a request; None where nothing has, or there is none of that id."""
        rows = self._database.rows("SELECT outcome FROM requests WHERE id = ?", (request,))
        if not rows or rows[0][0] is None:
            return None
        return outcome_from(self._database.parsed(rows[0][0], f"the outcome of request {request}"))

    def plan(self, request: str) -> str | None:
        """Returns the plan that fulfilled a request, None where none did."""
        rows = self._database.rows("SELECT source FROM plans WHERE request = ?", (request,))
        return str(rows[0][0]) if rows else None


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
