"""The request socket: what clients send is done once, and what happens to their requests is brought to them.

`messages.py` describes what is said; nothing here keeps a request, or an event, in memory.
"""

from __future__ import annotations

import asyncio
import itertools

from agent.requests.inbox import Inbox
from agent.requests.request_ledger import RequestLedger
from service.errors import expected
from service.web.event_feed import EventFeed
from service.web.event_messages import text_of
from service.web.messages import Failure
from service.web.problems import Refused, problem_of
from service.web.rate_limit import RateLimit
from service.web.route import Closed, Connection
from service.web.served import Served
from service.web.shared_commits import SharedCommits
from service.web.socket_session import Desk, SocketLimits, SocketSession

TRY_AGAIN_LATER = 1013  # codes of WebSocket
INTERNAL_ERROR = 1011
LONGEST_REASON = 100  # bytes; WebSocket has room for 123


class RequestSocket:
    """Serves the WebSockets of clients.

    Args:
        served: What they work with.
        limits: What they may do.
    """

    def __init__(self, served: Served, limits: SocketLimits | None = None) -> None:
        limits = limits or SocketLimits()
        inbox = Inbox(served.database, served.requests)
        inbox.forget_old()
        ledger = RequestLedger(served.database)
        self._desk = Desk(limits, RateLimit(limits.per_minute), SharedCommits(inbox), served.requests, ledger)
        self._feed = EventFeed(ledger)
        self._names = itertools.count()
        self._open = 0
        served.requests.subscribe(self._feed.hear)
        served.workers.subscribe(self._feed.hear)

    async def serve(self, connection: Connection) -> None:
        """Serves one connection until it ends."""
        most = self._desk.limits.connections
        if self._open >= most:
            refused = Refused(f"connections: expected at most {most:,}; end one, or come again later", 503)
            told = Failure(reply_to=None, request=None, error=problem_of(refused).error)
            await connection.send(text_of(told))
            await connection.close(TRY_AGAIN_LATER, "too many connections")
            return
        self._open += 1
        try:
            await self._serve(connection)
        finally:
            self._open -= 1

    async def _serve(self, connection: Connection) -> None:
        with self._feed.follower(connection.send) as follower:
            session = SocketSession(f"socket {next(self._names)}", connection, follower, self._desk)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(follower.run())
                    both.create_task(session.run())
            except* Closed:
                pass
            except* expected() as errors:  # the record cannot be read: clients come again
                await connection.close(INTERNAL_ERROR, _reason(errors))


def _reason(errors: BaseExceptionGroup[BaseException]) -> str:
    """Returns why a connection ends, as short as it must be."""
    first = errors.exceptions[0]
    text = _reason(first) if isinstance(first, BaseExceptionGroup) else str(first)
    return text.encode("ascii", "replace")[:LONGEST_REASON].decode()
