"""Tells clients that the list of tools is another: only where it is, whoever changed the bank."""

from __future__ import annotations

import asyncio
import logging

from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ToolsListChanged

from service.errors import expected
from service.mcp_door.calls import Calls
from service.mcp_door.catalogue import Catalogue

LOOK_SECONDS = 1.0  # how often the bank's clock is read: one row of SQLite
TELL_SECONDS = 5.0  # a client that does not take the notice within this time does without

_log = logging.getLogger(__name__)


class Changes:
    """Watches the list.

    Clients of 2026-07-28 hear of changes by the subscription that they open (the bus); older ones, which
    shook hands, are told each.

    Args:
        catalogue: What clients see.
        calls: Runs what blocks.
    """

    def __init__(self, catalogue: Catalogue, calls: Calls) -> None:
        self._catalogue = catalogue
        self._calls = calls
        self._sessions: set[ServerSession] = set()
        self.bus = InMemorySubscriptionBus()

    def remember(self, session: ServerSession) -> None:
        """Has an older client told of changes for as long as it is connected."""
        connection = session._connection  # nothing else of the library tells when a client has gone
        if connection.state.setdefault("hears of changes", session) is session:
            self._sessions.add(session)
            connection.exit_stack.callback(self._sessions.discard, session)

    async def watch(self) -> None:
        """Watches until it is canceled."""
        known = await self._shown("")
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            shown = await self._shown(known)
            if known and shown != known:
                await self.tell()
            known = shown

    async def tell(self) -> None:
        """Tells every client that the list has changed."""
        await self.bus.publish(ToolsListChanged())
        await asyncio.gather(*map(self._tell, tuple(self._sessions)), return_exceptions=True)

    async def _tell(self, session: ServerSession) -> None:
        async with asyncio.timeout(TELL_SECONDS):
            await session.send_tool_list_changed()

    async def _shown(self, known: str) -> str:
        """Returns what tells the list of now from another; `known` where the bank cannot be read now."""
        try:
            return await self._calls.quickly(self._catalogue.refresh)
        except expected() as error:
            _log.warning("the bank could not be looked at: %s", error)
            return known
