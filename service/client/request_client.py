"""An asynchronous client of the request socket; it outlives lost connections and killed servers."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from funsearch.places import DEFAULT_AGENT
from service.client.errors import RefusedByServer, ServerUnavailable
from service.client.link import Link, LinkLost, linked
from service.client.server_address import DEFAULT_SERVER, address_of
from service.errors import UsageError
from service.web.messages import FROM_SERVER, Accepted, EventMessage, Failure, Result, Subscribed

LARGEST_MESSAGE = 256 * 1024  # bytes that a server takes
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0  # seconds between attempts to connect
TOO_OFTEN, TOO_OFTEN_WAIT = "429", 2.0

_log = logging.getLogger(__name__)


@dataclass
class _Followed:
    """What comes of one request, or of all.

    Attributes:
        last: Number of the last event that came.
        early: What came before all that was there had come, by number; None from then on.
    """

    last: int = 0
    early: dict[int, EventMessage] | None = None
    coming: asyncio.Queue[EventMessage | UsageError] = field(default_factory=asyncio.Queue)

    def take(self, event: EventMessage) -> None:
        if self.early is not None:
            self.early[event.event] = event
        elif event.event > self.last:
            self.last = event.event
            self.coming.put_nowait(event)

    def release(self) -> None:
        early, self.early = self.early or {}, None
        for _, event in sorted(early.items()):
            self.take(event)


@dataclass
class _Sent:
    """A message that is not answered yet; `followed` is what it has begun to follow."""

    text: str
    reply: asyncio.Future[Accepted | Subscribed]
    is_create: bool = False
    followed: _Followed | None = None


class RequestClient:
    """Files requests at a server, and tells what becomes of them.

    Args:
        server: Its address.
        token: Of the server; None: `$FUNSEARCH_TOKEN`, else the file in `directory`.
        directory: Of the record that the server serves.
        patience: Seconds to go on without a connection, before those who wait are told; None: for ever.
    """

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        token: str | None = None,
        *,
        directory: Path = DEFAULT_AGENT,
        patience: float | None = None,
    ) -> None:
        self._address = address_of(server, token, directory)
        self._patience = patience
        self._link: Link | None = None
        self._sent: dict[str, _Sent] = {}
        self._followed: dict[str, _Followed] = {}
        self._all: _Followed | None = None
        self._fault: UsageError | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connects; raises `ServerUnavailable` where no server is or this client is not let in."""
        is_connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(is_connected))
        try:
            await is_connected
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnects; what was filed goes on at the server."""
        await self._end()

    async def create(self, objective: str, *, request: str | None = None, **fields: Any) -> str:  # noqa: ANN401
        """Returns the id of the request that was filed; its events wait for `watch`.

        Args:
            objective: What is to be reached, in words.
            request: Its id; None: one is made.
            fields: "requirements", "constraints", "documents", "user" and "tool", as the server takes them.

        Raises:
            RefusedByServer: It cannot be worked on.
            ServerUnavailable: The server has gone.
        """
        given = {"objective": objective, **fields} | ({} if request is None else {"request": request})
        accepted = await self._say("create", given)
        assert isinstance(accepted, Accepted)
        return accepted.request

    async def update(self, request: str, **changes: Any) -> None:  # noqa: ANN401 - as the server takes them
        """Changes what is wanted; raises as `create`."""
        await self._say("update", {"request": request, **changes})

    async def answer(self, request: str, text: str, question: str | None = None) -> None:
        """Answers the open question of a request; raises as `create`."""
        await self._say("answer", {"request": request, "text": text, "question": question})

    async def cancel(self, request: str) -> None:
        """Takes a request back; raises as `create`."""
        await self._say("cancel", {"request": request})

    async def watch(self, request: str | None = None, after: int = 0) -> AsyncIterator[EventMessage]:
        """Yields what happens to a request until its result, each event once and in order.

        Args:
            request: Its id; None: to all, without an end.
            after: Number of the last event that is known; what this client filed comes from its beginning.

        Raises:
            RefusedByServer: There is no such request.
            ServerUnavailable: The server has gone.
        """
        followed = await self._follow(request, after)
        while True:
            event = await followed.coming.get()
            if isinstance(event, UsageError):
                raise event
            if isinstance(event, Result) and request is not None:
                self._followed.pop(request, None)
                yield event
                return
            yield event

    async def so_far(self, request: str) -> list[EventMessage]:
        """Returns what has happened to a request that this client filed, before `watch` tells what comes."""
        followed = await self._follow(request, 0)
        await self._say("subscribe", {"requests": [request]})  # answered after all that was there has come
        return [followed.coming.get_nowait() for _ in range(followed.coming.qsize())]  # type: ignore[misc]

    async def _follow(self, request: str | None, after: int) -> _Followed:
        known = self._all if request is None else self._followed.get(request)
        if known is not None:
            return known
        followed = _Followed(after, {})
        self._set(request, followed)
        fields = {"requests": None if request is None else [request], "after": after}
        try:
            await self._say("subscribe", fields, followed)
        except BaseException:
            self._set(request, None)
            raise
        return followed

    def _set(self, request: str | None, followed: _Followed | None) -> None:
        if request is None:
            self._all = followed
        elif followed is None:
            self._followed.pop(request, None)
        else:
            self._followed[request] = followed

    async def _say(
        self, type: str, fields: Mapping[str, Any], followed: _Followed | None = None
    ) -> Accepted | Subscribed:
        """Returns the answer to a message, however often it must be sent."""
        if self._fault is not None:
            raise self._fault
        id = uuid.uuid4().hex
        text = json.dumps({"type": type, "id": id, **fields})
        if len(text) > LARGEST_MESSAGE:
            raise RefusedByServer(
                f"message: expected at most {LARGEST_MESSAGE:,} bytes, found {len(text):,}; "
                "give data as a document"
            )
        reply: asyncio.Future[Accepted | Subscribed] = asyncio.get_running_loop().create_future()
        self._sent[id] = _Sent(text, reply, type == "create", followed)
        try:
            await self._send(text)
            return await reply
        finally:
            self._sent.pop(id, None)

    async def _send(self, text: str) -> None:
        try:
            if self._link is not None:
                await self._link.send(text)
        except LinkLost:
            pass  # it is sent again on the next connection

    # The connection

    async def _run(self, is_connected: asyncio.Future[None]) -> None:
        """Keeps a connection, until there is none to be had."""
        try:
            await self._keep_connected(is_connected)
        except UsageError as error:
            self._fail(error, is_connected)
        except Exception as error:
            self._fail(ServerUnavailable(f"{self._address.text}: the client failed: {error!r}"), is_connected)
            raise

    async def _keep_connected(self, is_connected: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        wait, lost_at = FIRST_WAIT, loop.time()
        while True:
            try:
                async with linked(self._address) as link:
                    if not is_connected.done():
                        is_connected.set_result(None)
                    await self._resume(link)
                    while True:
                        self._hear(await link.receive())
                        wait, lost_at = FIRST_WAIT, 0.0
            except LinkLost as error:
                self._link = None
                lost_at = lost_at or loop.time()
                is_late = self._patience is not None and loop.time() - lost_at > self._patience
                if not is_connected.done() or is_late:
                    raise ServerUnavailable(
                        f"{self._address.text}: expected a server, found none ({error}); "
                        "`funsearch serve` starts one"
                    ) from error
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _resume(self, link: Link) -> None:
        """Says on a new connection what the server of the last one may not have heard."""
        self._link = link  # what is said from here on is sent by whoever says it
        waiting = tuple(self._sent.values())
        last = {name: one.last for name, one in self._followed.items() if one.early is None}
        if self._all is not None and self._all.early is None:
            await self._resubscribe(link, None, self._all.last)
        elif last:
            await self._resubscribe(link, [*last], last)
        for sent in waiting:
            await link.send(sent.text)

    async def _resubscribe(self, link: Link, requests: list[str] | None, after: int | dict[str, int]) -> None:
        id = f"again-{uuid.uuid4().hex}"
        await link.send(json.dumps({"type": "subscribe", "id": id, "requests": requests, "after": after}))

    def _hear(self, text: str) -> None:
        try:
            self._take(FROM_SERVER.validate_json(text))
        except ValidationError:
            _log.debug("a message of a newer server is passed over: %.200s", text)

    def _take(self, message: Accepted | Subscribed | Failure | EventMessage) -> None:
        if isinstance(message, Failure):
            self._refused(message)
        elif isinstance(message, Accepted | Subscribed):
            self._replied(message)
        else:
            for followed in (self._all, self._followed.get(message.request)):
                if followed is not None:
                    followed.take(message)

    def _replied(self, message: Accepted | Subscribed) -> None:
        sent = self._sent.get(message.reply_to)
        if sent is None or sent.reply.done():
            return
        if sent.followed is not None:
            sent.followed.release()
        if isinstance(message, Accepted) and sent.is_create and self._all is None:  # its events come next
            self._followed.setdefault(message.request, _Followed())
        sent.reply.set_result(message)

    def _refused(self, message: Failure) -> None:
        told = message.error
        if message.reply_to is not None and message.reply_to.startswith("again-"):
            self._tell_all(RefusedByServer(told.message, told.type, told.code))
            return
        sent = self._sent.get(message.reply_to or "")
        if sent is None or sent.reply.done():
            return
        if told.code == TOO_OFTEN:
            loop = asyncio.get_running_loop()
            loop.call_later(TOO_OFTEN_WAIT, lambda: loop.create_task(self._send(sent.text)))
            return
        sent.reply.set_exception(RefusedByServer(told.message, told.type, told.code))

    def _fail(self, error: UsageError, is_connected: asyncio.Future[None]) -> None:
        """Tells all who wait that nothing will come."""
        self._fault = error
        if not is_connected.done():
            is_connected.set_exception(error)
        for sent in self._sent.values():
            if not sent.reply.done():
                sent.reply.set_exception(error)
        self._tell_all(error)

    def _tell_all(self, error: UsageError) -> None:
        for followed in (*self._followed.values(), *([] if self._all is None else [self._all])):
            followed.coming.put_nowait(error)

    async def _end(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
