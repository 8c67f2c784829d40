"""`funsearch mcp` on stdin and stdout: real processes, the library's own client, and clients by hand."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, types
from mcp.shared.subscriptions import ToolsListChanged

from tests.service.mcp_bank import (
    DOUBLE,
    ENDLESS,
    ENDLESS_NOW,
    INFINITE,
    PATIENCE,
    ROOT_OF,
    SEARCHER,
    WIDTH,
    bank_of,
    fill,
    raw,
    stdio,
    tool,
)

pytestmark = pytest.mark.bubblewrap
MODES = ("auto", "legacy")
OWN = [
    "search_tools", "describe_tool", "call_tool", "request_tool", "tool_request_status", "answer_tool_request",
]  # fmt: skip
OLDER = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(2 * PATIENCE):
            await test()

    asyncio.run(bounded())


def text(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path, DOUBLE, ENDLESS)


@pytest.mark.parametrize("mode", MODES)
def test_every_tool_does_what_it_says(mode: str, tmp_path: Path) -> None:
    folder = fill(tmp_path, DOUBLE, ROOT_OF, SEARCHER)

    async def test() -> None:
        async with Client(stdio(folder), mode=mode) as client:
            listed = (await client.list_tools()).tools
            names = [each.name for each in listed]
            assert names[: len(OWN)] == OWN
            assert names[len(OWN) :] == ["double_it", "root_of", "bank_search_tools"]
            found = await client.call_tool("search_tools", {"query": "double a number", "k": 2})
            assert found.structured_content["tools"][0]["name"] == "double_it"
            card = (await client.call_tool("describe_tool", {"name": "double_it"})).structured_content
            assert card["parameters"]["properties"]["number"]["type"] == "integer"
            assert card["examples"] == [{"arguments": {"number": 21}, "result": 42}]
            assert card["version"] == DOUBLE.version
            called = await client.call_tool("call_tool", {"name": "double_it", "arguments": {"number": 21}})
            assert called.structured_content == {"result": 42}
            assert (await client.call_tool("double_it", {"number": 21})).structured_content == {"result": 42}
            assert text(await client.call_tool("double_it", {"number": 21})) == '{"result": 42}'
            negated = await client.call_tool("bank_search_tools", {"number": 3})
            assert negated.structured_content == {"result": -3}

    run(test)


def test_schemas_hints_and_versions_are_told(tmp_path: Path) -> None:
    folder = fill(tmp_path, DOUBLE, WIDTH)

    async def test() -> None:
        async with Client(stdio(folder)) as client:
            listed = {each.name: each for each in (await client.list_tools()).tools}
            for each in listed.values():
                assert each.input_schema["type"] == "object"
                assert each.output_schema is not None
                assert each.output_schema["type"] == "object"
                assert each.annotations is not None
                assert each.description
            reading = {name for name, each in listed.items() if each.annotations.read_only_hint}
            assert listed.keys() - reading == {"request_tool", "answer_tool_request"}
            assert listed["search_tools"].input_schema["required"] == ["query"]
            pinned = listed["double_it"]
            assert pinned.meta["version"] == DOUBLE.version
            assert pinned.meta["score"] == 0.75
            assert pinned.output_schema["properties"]["result"] == {"type": "integer"}
            size, schema = listed["width"].input_schema["properties"]
            assert schema == "schema"
            assert size.isascii()
            assert listed["width"].input_schema["required"] == [size]
            wide = await client.call_tool("width", {size: 3, "schema": "ab"})
            assert wide.structured_content == {"result": "ababab"}

    run(test)


@pytest.mark.parametrize("mode", MODES)
def test_what_goes_wrong_is_a_result_that_says_what_mends_it(mode: str, tmp_path: Path) -> None:
    folder = fill(tmp_path, DOUBLE, ROOT_OF, ENDLESS, INFINITE)
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("no_such_tool", {}, "no tool is named 'no_such_tool'"),
        ("doubel_it", {}, "is double_it meant?"),
        ("call_tool", {"name": "doubel_it"}, "is double_it meant?"),
        ("describe_tool", {"name": "../../etc/passwd"}, "no tool is named"),
        ("double_it", {}, "missing number"),
        ("double_it", {"number": "x"}, "number"),
        ("double_it", {"number": 1, "more": 2}, "unknown more"),
        ("call_tool", {"name": "root_of", "arguments": {"number": -1}}, "ValueError: negative"),
        ("call_tool", {}, "call_tool takes name, arguments?; name: Field required"),
        ("search_tools", {"query": " "}, "query"),
        ("search_tools", {"query": "x", "k": 10_000}, "k: "),
        ("search_tools", {"qeury": "x"}, "qeury"),
        ("infinite", {"number": 1}, "infinite rejected: the answer was refused"),
        ("endless", ENDLESS_NOW, "endless timed out"),
        ("tool_request_status", {"id": "nothing"}, "expected the id of one on file"),
        ("request_tool", {"description": "x"}, "two words"),
        ("request_tool", {"description": "Adds one.", "examples": ["f(1) = 2"]}, "example"),
    ]

    async def test() -> None:
        async with Client(stdio(folder), mode=mode) as client:
            for name, given, told in calls:
                result = await client.call_tool(name, given)
                assert result.is_error, name
                assert told in text(result), text(result)
            assert not (await client.call_tool("double_it", {"number": 1})).is_error

    run(test)


@pytest.mark.parametrize("mode", MODES)
def test_a_tool_is_ordered_asked_about_and_made(mode: str, tmp_path: Path) -> None:
    fill(tmp_path)

    async def test() -> None:
        async with Client(stdio(tmp_path, work="asking"), mode=mode) as client:
            order = {"description": "Turns roman numerals into numbers.", "examples": ["f('IV') == 4"]}
            ordered = (await client.call_tool("request_tool", order)).structured_content
            assert ordered["name"] == "roman_numerals_numbers"
            again = (await client.call_tool("request_tool", order)).structured_content
            assert again["id"] == ordered["id"]
            waiting = await status(client, ordered["id"], "WAITING_FEEDBACK")
            assert waiting["question"]["text"] == "Which alphabet?"
            assert waiting["progress"] == ["looking for tools"]
            await client.call_tool("answer_tool_request", {"id": ordered["id"], "answer": "Latin"})
            made = await status(client, ordered["id"], "SUCCEEDED")
            assert made["result"] == "roman_numerals_numbers"
            assert made["summary"] == "made with Latin"
            late = await client.call_tool("answer_tool_request", {"id": ordered["id"], "answer": "Latin"})
            assert late.is_error

    run(test)


async def status(client: Client, id: str, wanted: str) -> Any:
    """Asks until an order stands so."""
    while True:
        told = (await client.call_tool("tool_request_status", {"id": id})).structured_content
        if told["state"] == wanted:
            return told
        await asyncio.sleep(0.05)


def test_orders_are_left_to_others_with_no_work_and_a_missing_model_is_told(tmp_path: Path) -> None:
    fill(tmp_path)

    async def test() -> None:
        order = {"description": "Adds one to a number.", "name": "add_one"}
        async with Client(stdio(tmp_path, "--no-work", work="asking")) as client:
            id = (await client.call_tool("request_tool", order)).structured_content["id"]
            told = (await client.call_tool("tool_request_status", {"id": id})).structured_content
            assert (told["state"], told["fault"]) == ("NOT_STARTED", "")
        async with Client(stdio(tmp_path)) as client:
            while not told["fault"]:
                told = (await client.call_tool("tool_request_status", {"id": id})).structured_content
                await asyncio.sleep(0.05)
            assert told["fault"] == "there is no model"
            assert (await client.call_tool("double_it", {"number": 2})).structured_content == {"result": 4}

    run(test)


def test_older_clients_are_told_of_changes_by_other_processes_and_of_nothing_else(tmp_path: Path) -> None:
    fill(tmp_path, DOUBLE)

    async def test() -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()

        async def hear(message: Any) -> None:
            if isinstance(message, types.ToolListChangedNotification):
                heard.put_nowait(message)

        served = stdio(tmp_path, "--pin", "double_it")
        async with Client(served, mode="legacy", message_handler=hear) as client:
            assert client.server_capabilities.tools.list_changed
            await client.list_tools()
            await asyncio.to_thread(add, tmp_path, ROOT_OF)  # changes the bank, and not the list
            await asyncio.to_thread(add, tmp_path, better(DOUBLE))
            await heard.get()
            listed = {each.name: each for each in (await client.list_tools()).tools}
            assert listed["double_it"].meta["version"] == better(DOUBLE).version
            await asyncio.to_thread(retire, tmp_path, "double_it")
            await heard.get()
            assert "double_it" not in [each.name for each in (await client.list_tools()).tools]
            assert heard.empty()

    run(test)


def test_newer_clients_hear_of_changes_by_their_subscription(tmp_path: Path) -> None:
    fill(tmp_path, DOUBLE)

    async def test() -> None:
        async with Client(stdio(tmp_path)) as client:
            assert client.protocol_version == "2026-07-28"
            await client.list_tools()
            async with client.listen(tools_list_changed=True) as changes:
                await asyncio.to_thread(add, tmp_path, ROOT_OF)
                assert await anext(aiter(changes)) == ToolsListChanged()
            assert "root_of" in [each.name for each in (await client.list_tools()).tools]

    run(test)


def add(folder: Path, added: Any) -> None:
    with bank_of(folder) as bank:
        bank.add(added)


def retire(folder: Path, name: str) -> None:
    with bank_of(folder) as bank:
        bank.retire(name, "it is no longer wanted")


def better(old: Any) -> Any:
    return tool(old.name, old.source + "\n# better\n", old.description)


def test_slow_calls_keep_nobody_from_quick_ones_and_may_be_canceled(folder: Path) -> None:
    async def test() -> None:
        async with Client(stdio(folder)) as client:
            await client.list_tools()
            slow = asyncio.create_task(client.call_tool("endless", ENDLESS_NOW))
            for query in ("double", "never ends"):
                assert (await client.call_tool("search_tools", {"query": query})).structured_content
            await client.list_tools()
            assert not slow.done()
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
            many = [client.call_tool("double_it", {"number": number}) for number in range(12)]
            given = await asyncio.gather(*many)
            assert [each.structured_content["result"] for each in given] == [2 * n for n in range(12)]
            after = await client.call_tool("double_it", {"number": 50})
            assert after.structured_content == {"result": 100}

    run(test)


@pytest.mark.parametrize("version", OLDER)
def test_older_revisions_are_spoken(version: str, folder: Path) -> None:
    with raw(folder, "--pin", "double_it") as process:  # the second tool is not shown
        told = process.shake_hands(version)
        assert told["protocolVersion"] == version
        assert told["capabilities"]["tools"]["listChanged"] is True
        listed = process.answer("tools/list")["result"]["tools"]
        assert [each["name"] for each in listed] == [*OWN, "double_it"]
        called = process.answer("tools/call", {"name": "double_it", "arguments": {"number": 4}})["result"]
        assert called["content"] == [{"type": "text", "text": '{"result": 8}'}]
        assert process.end() == 0


def test_nothing_but_the_protocol_is_on_stdout(tmp_path: Path) -> None:
    fill(tmp_path)
    with raw(tmp_path, work="asking") as process:
        process.shake_hands("2025-11-25")
        order = {"name": "request_tool", "arguments": {"description": "Adds one.", "name": "add_one"}}
        id = process.answer("tools/call", order)["result"]["structuredContent"]["id"]
        state = ""
        while state != "SUCCEEDED":
            asked = {"name": "tool_request_status", "arguments": {"id": id}}
            state = process.answer("tools/call", asked)["result"]["structuredContent"]["state"]
            if state == "WAITING_FEEDBACK":
                asked = {"name": "answer_tool_request", "arguments": {"id": id, "answer": "x"}}
                process.answer("tools/call", asked)
        assert process.end() == 0
        assert process.process.stdout is not None
        assert process.process.stdout.read() == b""
    assert "printed by a library" in (tmp_path / "stderr").read_text()


def test_lines_that_are_no_messages_do_no_harm(folder: Path) -> None:
    with raw(folder) as process:
        process.shake_hands("2025-11-25")
        for line in ("", "{", "[]", "null", '{"jsonrpc": "2.0"}', "\x00\xff", "[" * 10_000):
            process.write(line)
        listed = process.answer("tools/list")["result"]["tools"]
        assert listed
        assert "error" in process.answer("no/such/method")
        assert "error" in process.answer("tools/call", {"name": 7})
        assert process.answer("ping")["result"] == {}
        assert process.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_though_its_client_is_there(number: signal.Signals, folder: Path) -> None:
    with raw(folder) as process:
        process.shake_hands("2025-11-25")
        assert process.signal(number) == 0


def test_it_ends_when_its_client_goes_in_mid_call(folder: Path) -> None:
    with raw(folder) as process:
        process.shake_hands("2025-11-25")
        assert process.answer("tools/call", {"name": "double_it", "arguments": {"number": 4}})["result"]
        process.send("tools/call", {"name": "endless", "arguments": ENDLESS_NOW})
        process.answer("ping")
        assert process.end() == 0


def test_a_client_that_reads_nothing_does_not_keep_it_alive(folder: Path) -> None:
    with raw(folder) as process:
        process.shake_hands("2025-11-25")
        for _ in range(200):  # more than a pipe holds
            process.send("tools/list")
        assert process.signal(signal.SIGTERM) == 0


def test_killed_in_mid_call_it_leaves_no_process_behind(folder: Path) -> None:
    with raw(folder) as process:
        process.shake_hands("2025-11-25")
        assert process.answer("tools/call", {"name": "double_it", "arguments": {"number": 4}})["result"]
        process.send("tools/call", {"name": "endless", "arguments": ENDLESS_NOW})
        process.answer("ping")
        children = descendants(process.process.pid)
        assert children
        process.process.kill()
        process.process.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while any(is_alive(child) for child in children):
            assert time.monotonic() < deadline, "a process of the sandbox outlived its owner"


def descendants(pid: int) -> list[int]:
    found = [
        int(child)
        for tasks in Path(f"/proc/{pid}/task").glob("*/children")
        for child in tasks.read_text().split()
    ]
    return found + [each for child in found for each in descendants(child)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("pin", "told"), [("no_such_tool", "no tool is named"), ("old_one", "expected a tool that is served")]
)
def test_a_pin_that_can_have_no_effect_is_refused(pin: str, told: str, tmp_path: Path) -> None:
    fill(tmp_path, DOUBLE, tool("old_one", "def old_one(x: int) -> int:\n    return x\n"))
    retire(tmp_path, "old_one")
    with raw(tmp_path, "--pin", pin) as process:
        assert process.end() == 1
        assert process.process.stdout is not None
        assert process.process.stdout.read() == b""
    assert told in (tmp_path / "stderr").read_text()
