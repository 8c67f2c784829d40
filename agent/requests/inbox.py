"""What clients send is done once, however often it is sent: across lost replies, kills and restarts.

Each message bears an id of its client's. What was done for it is written in the same transaction as the step
itself, so that one that comes again is answered as it was, and does nothing. A message that was refused has
done nothing; it is judged anew when it comes again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.errors import AgentError, StepRefused
from agent.request import Json, Request, State
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from programs.utf8_text import digest
from tool_bank.database import Database, now

KEPT_DAYS = 30  # how long a message is known again


@dataclass(frozen=True)
class ClientMessage:
    """What a client wants done.

    Attributes:
        id: Given by the client; the same one for the same message, whenever it is sent.
        body: What it says, as JSON: another body under the same id is refused.
        step: Does it.
    """

    id: str
    body: Mapping[str, Json]
    step: Callable[[UserSide], Request]


@dataclass(frozen=True)
class Receipt:
    """What was done for a message.

    Attributes:
        request: Id of the request.
        state: Its state after the step, when it was taken.
        is_repeated: Whether it was done before.
    """

    request: str
    state: State
    is_repeated: bool = False


class Inbox:
    """Takes what clients send.

    Args:
        database: The agent's record.
        store: The requests in it.
    """

    def __init__(self, database: Database, store: RequestStore) -> None:
        self._database = database
        self._store = store
        self._user = UserSide(store)

    def take(self, messages: Sequence[ClientMessage]) -> list[Receipt | AgentError]:
        """Returns what was done for each message, or why it was refused, in one transaction for all.

        Raises:
            AgentUnavailable: The record cannot be written; nothing was done for any of them.
        """
        with self._store.together():
            return [self._taken(message) for message in messages]

    def forget_old(self) -> None:
        """Forgets messages of more than 30 days ago: one that comes again after that is a new one."""
        before = (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat(timespec="milliseconds")
        with self._database.transaction():
            self._database.write("DELETE FROM client_messages WHERE at < ?", (before,))

    def _taken(self, message: ClientMessage) -> Receipt | AgentError:
        try:
            key = digest(json.dumps(message.body, sort_keys=True))
            return self._known(message.id, key) or self._done(message, key)
        except AgentError as refused:  # raised before anything of the step is written
            return refused

    def _known(self, id: str, key: str) -> Receipt | None:
        rows = self._database.rows("SELECT digest, request, state FROM client_messages WHERE id = ?", (id,))
        if not rows:
            return None
        kept, request, state = rows[0]
        if kept != key:
            raise StepRefused(
                f"id {id}: expected the message that was sent under this id before (for request {request}), "
                "found another; give each message an id of its own"
            )
        return Receipt(request, State(state), is_repeated=True)

    def _done(self, message: ClientMessage, key: str) -> Receipt:
        request = message.step(self._user)
        self._database.write(
            "INSERT INTO client_messages (id, digest, request, state, at) VALUES (?, ?, ?, ?, ?)",
            (message.id, key, request.id, request.state, now()),
        )
        return Receipt(request.id, request.state)
