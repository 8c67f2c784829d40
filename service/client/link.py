"""The one file that knows the library `websockets`: one connection to a server, and why there is none."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from service.client.errors import ServerUnavailable
from service.client.server_address import ServerAddress

LARGEST_MESSAGE = 32 << 20  # bytes that a server may send in one message
OPEN_SECONDS = 20.0  # longest wait for a connection
_PASSING = {429, 500, 502, 503, 504}  # statuses of a server that may let one in later


class LinkLost(Exception):
    """There is no connection just now; another may be had."""


class Link:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        """Sends a message; raises `LinkLost`."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise LinkLost(str(error)) from error

    async def receive(self) -> str:
        """Returns the next message; raises `LinkLost`."""
        try:
            return str(await self._connection.recv())
        except ConnectionClosed as error:
            raise LinkLost(str(error)) from error


@asynccontextmanager
async def linked(address: ServerAddress) -> AsyncIterator[Link]:
    """Connects to a server.

    Raises:
        LinkLost: No server answers just now.
        ServerUnavailable: The server does not let this client in, and will not.
    """
    connecting = connect(
        address.socket,
        additional_headers={"Authorization": f"Bearer {address.token}"},
        open_timeout=OPEN_SECONDS,
        max_size=LARGEST_MESSAGE,
        compression=None,
        proxy=None,  # it is on this machine
    )
    try:
        connection = await connecting
    except InvalidStatus as error:
        status = error.response.status_code
        if status in _PASSING:
            raise LinkLost(f"{address.text} answers with status {status}") from error
        raise ServerUnavailable(_refusal(address, status, error.response.body)) from error
    except InvalidHandshake as error:
        raise ServerUnavailable(
            f"{address.text}: expected a server of funsearch, found another: {error}"
        ) from error
    except (OSError, TimeoutError, EOFError) as error:
        raise LinkLost(str(error)) from error
    try:
        yield Link(connection)
    finally:
        await connection.close()


def _refusal(address: ServerAddress, status: int, body: bytes | bytearray | None) -> str:
    if status == 401:
        return (
            f"{address.text}: expected this server's token, found another; `funsearch serve` names its file"
        )
    try:
        told = json.loads(body or b"")["error"]["message"]
    except (ValueError, LookupError, TypeError):
        return f"{address.text}: expected a server of funsearch, found one that answers with status {status}"
    return f"{address.text} refuses: {told}"
