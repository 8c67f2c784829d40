"""`funsearch mcp --http`: a real process, the library's own client, and requests by hand."""

import asyncio
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.subscriptions import ToolsListChanged

from tests.service.mcp_bank import (
    DOUBLE,
    ENDLESS,
    ENDLESS_NOW,
    PATIENCE,
    ROOT,
    ROOT_OF,
    arguments,
    bank_of,
    fill,
)

pytestmark = pytest.mark.bubblewrap
MODES = ("auto", "legacy")
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """A process that serves."""

    folder: Path
    port: int
    token: str
    process: subprocess.Popen[bytes]

    def send(
        self, method: str, body: Any = None, path: str = "/mcp", **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Sends a request with the usual headers, but for those that are given; None leaves one out."""
        told: dict[str, str | None] = {
            "authorization": f"Bearer {self.token}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, content, {n: v for n, v in told.items() if v is not None})
        response = connection.getresponse()
        read = response.read()
        connection.close()
        return response.status, {n.lower(): v for n, v in response.getheaders()}, read

    @asynccontextmanager
    async def client(self, mode: str, **more: Any) -> AsyncIterator[Client]:
        """Connects the library's client."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with create_mcp_http_client(headers=headers) as transport:
            address = f"http://127.0.0.1:{self.port}/mcp"
            connected = streamable_http_client(address, http_client=transport)
            async with Client(connected, mode=mode, **more) as client:
                yield client


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    fill(tmp_path, DOUBLE, ENDLESS)
    with (tmp_path / "stderr").open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments(tmp_path, "--http", "--port", "0", "--json")],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=ROOT,
        )
    assert process.stdout is not None
    try:
        told = json.loads(first_value(process.stdout))
        token = Path(told["token_file"]).read_text().strip()
        port = int(told["address"].removesuffix("/mcp").rpartition(":")[2])
        yield Door(tmp_path, port, token, process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def first_value(stream: Any) -> bytes:
    """Returns the lines of one JSON object."""
    lines = b""
    while not lines.rstrip().endswith(b"}"):
        line = stream.readline()
        assert line, "the process said nothing more"
        lines += line
    return lines


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(2 * PATIENCE):
            await test()

    asyncio.run(bounded())


@pytest.mark.parametrize("mode", MODES)
def test_tools_are_listed_and_called(mode: str, door: Door) -> None:
    async def test() -> None:
        async with door.client(mode) as client:
            names = [each.name for each in (await client.list_tools()).tools]
            assert "double_it" in names
            assert (await client.call_tool("double_it", {"number": 4})).structured_content == {"result": 8}
            wrong = await client.call_tool("double_it", {"number": "x"})
            assert wrong.is_error
            unknown = await client.call_tool("no_such_tool", {})
            assert unknown.is_error

    run(test)


def test_both_kinds_of_clients_hear_of_a_change_by_another_process(door: Door) -> None:
    async def test() -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()

        async def hear(message: Any) -> None:
            if isinstance(message, types.ToolListChangedNotification):
                heard.put_nowait(message)

        async with door.client("legacy", message_handler=hear) as older, door.client("auto") as newer:
            await older.list_tools()
            await newer.list_tools()
            async with newer.listen(tools_list_changed=True) as changes:
                await asyncio.to_thread(add, door.folder)
                assert await anext(aiter(changes)) == ToolsListChanged()
                await heard.get()
            for client in (older, newer):
                assert "root_of" in [each.name for each in (await client.list_tools()).tools]

    run(test)


def add(folder: Path) -> None:
    with bank_of(folder) as bank:
        bank.add(ROOT_OF)


def test_many_clients_at_once_get_each_their_own_answer(door: Door) -> None:
    async def one(number: int) -> None:
        async with door.client(MODES[number % 2]) as client:
            given = await client.call_tool("double_it", {"number": number})
            assert given.structured_content == {"result": 2 * number}

    async def test() -> None:
        await asyncio.gather(*map(one, range(12)))

    run(test)


def test_nobody_comes_in_without_the_token(door: Door) -> None:
    assert door.send("POST", HELLO)[0] == 200
    for method in ("GET", "POST", "DELETE"):
        for authorization in (None, "Bearer", "Bearer wrong-token-of-some-length", f"Basic {door.token}"):
            status, headers, _ = door.send(method, HELLO, authorization=authorization)
            assert status == 401
            assert headers["www-authenticate"] == "Bearer"
        assert door.send(method, HELLO, path=f"/mcp?token={door.token}", authorization=None)[0] == 401


def test_other_hosts_origins_and_long_bodies_are_refused(door: Door) -> None:
    assert door.send("POST", HELLO, host="evil.example")[0] == 421
    assert door.send("POST", HELLO, host=f"127.0.0.1.evil.example:{door.port}")[0] == 421
    assert door.send("POST", HELLO, origin="http://evil.example")[0] == 403
    assert door.send("POST", HELLO, origin="null")[0] == 403
    assert door.send("POST", HELLO, origin=f"http://127.0.0.1:{door.port}")[0] == 200
    assert door.send("POST", b" " * (2 << 20))[0] == 413
    assert door.send("POST", HELLO)[0] == 200


def test_what_is_no_message_is_refused_without_harm(door: Door) -> None:
    for body in (b"", b"{", b"[]", b"null", b'{"jsonrpc": "2.0"}', b"[" * 50_000, b"\xff"):
        for version in (None, "2025-06-18", "2026-07-28", "1999-01-01"):
            assert 400 <= door.send("POST", body, mcp_protocol_version=version)[0] < 500
    assert door.send("POST", HELLO, content_type="text/plain")[0] in (400, 415)
    assert door.send("PUT", HELLO)[0] in (404, 405)
    assert door.send("GET", path="/")[0] == 404
    assert door.send("POST", HELLO, path="/mcp/")[0] == 404
    assert door.send("POST", HELLO)[0] == 200


def test_a_session_ends_when_its_client_says_so(door: Door) -> None:
    _, headers, _ = door.send("POST", HELLO)
    session = headers["mcp-session-id"]
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert door.send("POST", ping, mcp_session_id=session)[0] == 200
    assert door.send("DELETE", mcp_session_id=session)[0] == 200
    assert door.send("POST", ping, mcp_session_id=session)[0] == 404


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_goes_away_in_mid_call_leaves_the_others_alone(mode: str, door: Door) -> None:
    async def test() -> None:
        async with door.client(mode) as client:
            await client.list_tools()
            slow = asyncio.create_task(client.call_tool("endless", ENDLESS_NOW))
            await client.call_tool("search_tools", {"query": "double"})
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
        async with door.client(mode) as client:
            assert (await client.call_tool("double_it", {"number": 4})).structured_content == {"result": 8}

    run(test)


def test_a_signal_ends_it_cleanly(door: Door) -> None:
    assert door.send("POST", HELLO)[0] == 200
    door.process.send_signal(signal.SIGTERM)
    assert door.process.wait(PATIENCE) == 0
    assert "Traceback" not in (door.folder / "stderr").read_text()
