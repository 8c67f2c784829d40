"""Serves one client on stdin and stdout, until it goes or a signal ends us."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from typing import Any, BinaryIO, cast

from mcp.server.stdio import stdio_server

from service.mcp_door.protocol import BankServer
from service.mcp_door.wire import LinesIn, LinesOut

GRACE_SECONDS = 0.5  # for answers under way when the client has gone; clients wait 2 s before they kill

_log = logging.getLogger(__name__)


def serve_stdio(server: BankServer, streams: tuple[BinaryIO, BinaryIO]) -> None:
    """Serves until the client has gone, or SIGTERM or SIGINT comes.

    Args:
        server: What answers.
        streams: What `wire.take_over` gave.
    """
    asyncio.run(_serve(server, *streams))


async def _serve(server: BankServer, read: BinaryIO, write: BinaryIO) -> None:
    lines = LinesIn(read)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lines.end)
    serving = asyncio.create_task(_speak(server, lines, LinesOut(write)))
    ended = asyncio.create_task(lines.has_ended.wait())
    await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    done, _ = await asyncio.wait({serving}, timeout=GRACE_SECONDS)
    if not done:
        serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def _speak(server: BankServer, lines: LinesIn, out: LinesOut) -> None:
    try:
        # The library wants files of its own kind, of which it only reads lines and writes texts.
        async with stdio_server(cast("Any", lines), cast("Any", out)) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    except* OSError as gone:
        _log.info("the client has gone: %s", gone.exceptions[0])
