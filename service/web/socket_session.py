"""One client's connection: reads its messages, has them done, and answers each, whatever it was."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.request import Request, State
from agent.requests.inbox import ClientMessage
from agent.requests.request_ledger import RequestLedger
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from service.errors import expected
from service.web.event_feed import Follower, Subscription
from service.web.event_messages import text_of
from service.web.messages import (
    FROM_CLIENT,
    MOST_NAMED,
    Accepted,
    Answer,
    Cancel,
    Create,
    Failure,
    Subscribe,
    Subscribed,
    Update,
)
from service.web.problems import Refused, problem, problem_of
from service.web.rate_limit import RateLimit
from service.web.route import Connection
from service.web.shared_commits import SharedCommits

Step = Create | Update | Answer | Cancel

SHOWN = 200  # characters of what was wrong
_LONGEST_ID = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SocketLimits:
    """What clients may do.

    Attributes:
        message_bytes: Of one message.
        connections: At a time.
        per_minute: Messages of one connection.
        requests: That one connection follows by name.
    """

    message_bytes: int = 256 * 1024
    connections: int = 1_000
    per_minute: int = 3_000
    requests: int = MOST_NAMED


@dataclass(frozen=True)
class Desk:
    """What all connections share.

    Attributes:
        limits: What clients may do.
        rate: Counts their messages.
        commits: Has what they send done.
        requests: The requests.
        ledger: Reads the record.
    """

    limits: SocketLimits
    rate: RateLimit
    commits: SharedCommits
    requests: RequestStore
    ledger: RequestLedger


class SocketSession:
    """Serves one connection.

    Args:
        name: Under which its messages are counted.
        connection: Where they come from.
        follower: Brings it what happens.
        desk: Where they are done.
    """

    def __init__(self, name: str, connection: Connection, follower: Follower, desk: Desk) -> None:
        self._name = name
        self._connection = connection
        self._follower = follower
        self._desk = desk

    async def run(self) -> None:
        """Serves until the connection ends; raises `Closed` then."""
        while True:
            received = await self._connection.receive()
            try:
                await self._take(received)
            except expected() as error:
                await self._refuse(error, _said(received))
            except (ValueError, TypeError, LookupError):  # a mistake of ours is not to end the connection
                _log.exception("a message could not be worked with")
                await self._fail(_said(received))

    async def _take(self, received: str | bytes) -> None:
        message = self._read(received)
        if isinstance(message, Subscribe):
            await self._subscribe(message)
        else:
            await self._do(message)

    def _read(self, received: str | bytes) -> Step | Subscribe:
        """Returns a message; raises `Refused` for what is none."""
        if not self._desk.rate.admits(self._name):
            raise Refused(self._desk.rate.in_words, 429)
        if isinstance(received, bytes):
            raise Refused("message: expected text (JSON), found a binary message")
        most = self._desk.limits.message_bytes
        size = len(received.encode("utf-8", "replace"))
        if size > most:
            raise Refused(
                f"message: expected at most {most:,} bytes, found {size:,}; give data as a document", 413
            )
        try:
            return FROM_CLIENT.validate_json(received)
        except ValidationError as error:
            raise Refused(_in_words(error)) from None

    async def _do(self, message: Step) -> None:
        if isinstance(message, Create):
            self._check_room(frozenset())
        body = message.model_dump(exclude={"id"})
        receipt = await self._desk.commits.take(ClientMessage(message.id, body, _step(message)))
        told = Accepted(
            reply_to=message.id, request=receipt.request, state=receipt.state, is_repeated=receipt.is_repeated
        )
        await self._connection.send(text_of(told))
        if isinstance(message, Create):
            self._follower.subscribe(Subscription(frozenset({receipt.request}), 0, is_implied=True))

    async def _subscribe(self, message: Subscribe) -> None:
        named = None if message.requests is None else frozenset(message.requests)
        self._check_room(named or frozenset())
        await asyncio.to_thread(self._check, message, named)

        async def tell(up_to: int, states: Mapping[str, State]) -> None:
            requests = None if named is None else sorted(named)
            subscribed = Subscribed(reply_to=message.id, requests=requests, up_to=up_to, states=dict(states))
            await self._connection.send(text_of(subscribed))

        self._follower.subscribe(Subscription(named, message.after, told=tell))

    def _check_room(self, more: frozenset[str]) -> None:
        most = self._desk.limits.requests
        if len(self._follower.interests() | more) + (not more) > most:
            raise Refused(
                f"requests: expected at most {most:,} followed by name on one connection, found more; "
                "follow all (requests: null), or open another connection"
            )

    def _check(self, message: Subscribe, named: frozenset[str] | None) -> None:
        """Raises what is wrong with a subscription."""
        after = message.after
        if isinstance(after, dict) and (named is None or not after.keys() <= named):
            raise Refused(
                "after: expected one number, or numbers of the requests that are named, found others"
            )
        head, states = self._desk.ledger.states(named or ())
        for request in (named or frozenset()) - states.keys():
            self._desk.requests.get(request)
        newest = max(after.values(), default=0) if isinstance(after, dict) else after or 0
        if newest > head:
            raise Refused(
                f"after: expected the number of an event, at most {head}, found {newest}; this record is not "
                "the one that it came from: begin with 0"
            )

    async def _refuse(self, error: Exception, said: tuple[str | None, str | None]) -> None:
        reply_to, request = said
        told = Failure(reply_to=reply_to, request=request, error=problem_of(error).error)
        await self._connection.send(text_of(told))

    async def _fail(self, said: tuple[str | None, str | None]) -> None:
        reply_to, request = said
        words = "the server failed at this message; its log says how"
        told = Failure(reply_to=reply_to, request=request, error=problem(words, "internal", 500).error)
        await self._connection.send(text_of(told))


def _step(message: Step) -> Callable[[UserSide], Request]:
    """Returns what does what a message wants."""

    def do(user: UserSide) -> Request:
        if isinstance(message, Create):
            return user.create(message.fields(), message.request)
        if isinstance(message, Update):
            return user.update(message.request, message.changes())
        if isinstance(message, Answer):
            return user.answer(message.request, message.text, message.question)
        return user.cancel(message.request)

    return do


def _said(received: str | bytes) -> tuple[str | None, str | None]:
    """Returns the id and the request that a message names, as far as it can be read."""
    try:
        found: Any = json.loads(received)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(found, dict):
        return None, None
    id, request = (found.get(name) for name in ("id", "request"))
    return _short(id), _short(request)


def _short(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _LONGEST_ID else None


def _in_words(error: ValidationError) -> str:
    """Returns what is wrong with a message; what was sent is not repeated at length."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part)[:SHOWN] for part in first["loc"]) or "message"
    shown = "" if isinstance(first["input"], dict | list) else f", found {first['input']!r:.{SHOWN}}"
    return f"{where}: {first['msg']:.{SHOWN}}{shown}"
