"""What clients of the MCP door see, without a process of its own: names, choices, and what is told when."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mcp import Client

from agent.agent_file import open_record
from agent.request import Question, Wish
from agent.requests.request_store import RequestStore
from sandbox import open_sandbox
from service.errors import UsageError
from service.mcp_door.calls import Calls
from service.mcp_door.catalogue import Catalogue
from service.mcp_door.order_name import name_for
from service.mcp_door.own_tools import OwnTools
from service.mcp_door.pinned_tools import MOST_BY_USE, PinnedTools
from service.mcp_door.protocol import server_of
from tests.service.mcp_bank import DOUBLE, ROOT_OF, SEARCHER, tool
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder

pytestmark = pytest.mark.bubblewrap
PATIENCE = 20.0


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    with (
        open_sandbox("bubblewrap", packages=()) as box,
        ToolBank.open(tmp_path / "bank", sandbox=box, encoder=ScriptedEncoder()) as opened,
    ):
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RequestStore]:
    database = open_record(tmp_path / "agent")
    yield RequestStore(database)
    database.close()


@pytest.fixture
def own(bank: ToolBank, store: RequestStore) -> OwnTools:
    return OwnTools(bank, store, SimpleNamespace(fault=""))  # type: ignore[arg-type]


def catalogue(bank: ToolBank, own: OwnTools, pins: list[str] | None = None) -> Catalogue:
    return Catalogue(bank, own, PinnedTools(bank, pins, [offer.name for offer in own.offers()]))


def pinned(shown: Catalogue) -> list[str]:
    return [offer.name for offer in shown.offers()][6:]


def plus(number: int) -> Any:
    name = f"plus_{number:02}"
    return tool(name, f"def {name}(number: int) -> int:\n    return number + {number}\n")


def test_the_most_used_tools_are_shown_and_keep_their_places(bank: ToolBank, own: OwnTools) -> None:
    bank.add_many([plus(number) for number in range(MOST_BY_USE + 3)])
    bank.call("plus_10", {"number": 1})
    shown = catalogue(bank, own)
    first = ["plus_10", *(f"plus_{number:02}" for number in range(MOST_BY_USE - 1))]
    assert pinned(shown) == first
    for _ in range(3):
        bank.call("plus_09", {"number": 1})
    bank.add(plus(20))
    assert pinned(shown) == first
    bank.retire("plus_03", "it is no longer wanted")
    assert pinned(shown) == [*(name for name in first if name != "plus_03"), "plus_09"]


def test_only_served_tools_are_shown(bank: ToolBank, own: OwnTools) -> None:
    bank.add_many([DOUBLE, ROOT_OF.model_copy(update={"status": "candidate"})])
    assert pinned(catalogue(bank, own)) == ["double_it"]
    with pytest.raises(UsageError, match="--pin root_of: expected a tool that is served, found .* candidate"):
        catalogue(bank, own, ["root_of"])
    with pytest.raises(UsageError, match="at most 64"):
        catalogue(bank, own, ["double_it"] * 65)
    assert pinned(catalogue(bank, own, ["double_it", "double_it"])) == ["double_it"]


def test_a_tool_with_the_name_of_one_of_ours_has_a_prefix(bank: ToolBank, own: OwnTools) -> None:
    twice = tool("bank_search_tools", "def bank_search_tools(number: int) -> int:\n    return number\n")
    bank.add_many([SEARCHER, twice])
    shown = catalogue(bank, own)
    assert pinned(shown) == ["bank_search_tools", "bank_bank_search_tools"]
    assert shown.call("bank_search_tools", {"number": 3}).value == {"result": 3}
    assert shown.call("bank_bank_search_tools", {"number": 3}).value == {"result": -3}
    assert shown.call("search_tools", {"query": "negates"}).value is not None


def test_a_tool_that_no_schema_can_be_had_for_is_left_out(bank: ToolBank, own: OwnTools) -> None:
    broken = tool("broken", "import no_such_module\ndef broken(number: int) -> int:\n    return number\n")
    bank.add_many([broken, DOUBLE])
    assert pinned(catalogue(bank, own)) == ["double_it"]


def test_one_list_is_told_from_another_by_what_is_shown_alone(bank: ToolBank, own: OwnTools) -> None:
    bank.add_many([DOUBLE, ROOT_OF])
    shown = catalogue(bank, own, ["double_it"])
    before = shown.refresh()
    bank.call("double_it", {"number": 1})
    bank.retire("root_of", "it is no longer wanted")
    assert shown.refresh() == before
    bank.retire("double_it", "neither is this")
    assert shown.refresh() != before


def test_an_alias_is_answered_by_the_tool_it_leads_to(bank: ToolBank, own: OwnTools) -> None:
    bank.add(DOUBLE)
    shown = catalogue(bank, own)
    card = shown.call("describe_tool", {"name": "double_it"}).value
    assert card is not None
    assert card["name"] == "double_it"
    called = shown.call("call_tool", {"name": "double_it", "arguments": {"number": 5}})
    assert called.value == {"result": 10}


def test_the_requests_of_people_are_no_business_of_a_client(
    bank: ToolBank, own: OwnTools, store: RequestStore
) -> None:
    store.file(Wish("Read my letters."), "private")
    shown = catalogue(bank, own)
    for name, arguments in (("tool_request_status", {}), ("answer_tool_request", {"answer": "yes"})):
        given = shown.call(name, {"id": "private", **arguments})
        assert given.is_error
        assert "letters" not in given.text


def test_consent_is_not_a_clients_to_give(bank: ToolBank, own: OwnTools, store: RequestStore) -> None:
    shown = catalogue(bank, own)
    ordered = shown.call("request_tool", {"description": "Adds one.", "name": "add_one"}).value
    assert ordered is not None
    id = ordered["id"]
    store.start(id)
    store.ask(id, Question("q1", "May the mail be sent?", "consent"))
    given = shown.call("answer_tool_request", {"id": id, "answer": "yes"})
    assert given.is_error
    assert "a person must give" in given.text
    assert store.get(id).state == "WAITING_FEEDBACK"


@pytest.mark.parametrize(
    ("description", "examples", "taken", "name"),
    [
        ("Turns roman numerals into numbers.", (), (), "roman_numerals_numbers"),
        ("Turns roman numerals into numbers.", (), ("roman_numerals_numbers",), "roman_numerals_numbers_2"),
        ("Whatever it is.", ("f('x') == 1", "parse_it('x') == 1"), (), "parse_it"),
        ("Import", (), (), "import_2"),
        ("Заглавные буквы текста", (), (), "ordered_tool"),
        ("x" * 500, (), (), "x" * 56),
        ("2 + 2 is 4, say so", (), (), "say_so"),
    ],
)
def test_an_order_without_a_name_gets_one(
    description: str, examples: tuple[str, ...], taken: tuple[str, ...], name: str
) -> None:
    assert name_for(description.replace("Import", "import"), examples, taken) == name


def test_a_canceled_call_is_heard_of_no_more_and_what_waits_is_dropped() -> None:
    async def test() -> None:
        calls, go, begun, ran = Calls(), threading.Event(), threading.Event(), []

        def wait() -> None:
            begun.set()
            assert go.wait(PATIENCE)

        blocked = [asyncio.create_task(calls.slowly(wait)) for _ in range(8)]
        late = asyncio.create_task(calls.slowly(lambda: ran.append("late")))
        assert await calls.quickly(lambda: begun.wait(PATIENCE))
        assert calls.are_under_way
        for task in (*blocked, late):
            task.cancel()
        await asyncio.gather(*blocked, late, return_exceptions=True)
        go.set()
        assert await calls.slowly(lambda: "after") == "after"
        assert ran == []
        calls.close()

    asyncio.run(test())


def test_the_server_speaks_to_a_client_in_its_own_process(bank: ToolBank, own: OwnTools) -> None:
    bank.add(DOUBLE)

    async def test() -> None:
        calls = Calls()
        for mode in ("auto", "legacy"):
            async with Client(server_of(catalogue(bank, own), calls), mode=mode) as client:
                assert client.server_info is not None
                assert client.server_info.name == "funsearch"
                assert "search_tools" in (client.instructions or "")
                given = await client.call_tool("double_it", {"number": 4})
                assert given.structured_content == {"result": 8}
        calls.close()

    asyncio.run(test())
