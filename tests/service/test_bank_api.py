"""The tool bank by HTTP: what is told of tools, steps in their lives, and calls."""

import json
from types import SimpleNamespace

import pytest

from language_models import ModelUnavailable
from service.web.bank_api import CALLS_AT_ONCE, BankApi
from tests.service.asking import asking
from tool_bank import Tool, ToolBank, ToolTest
from tool_bank.scripted import ScriptedEncoder

HIDDEN = 987_654


def tool(name, body, **fields):
    source = f'def {name}(x: int) -> float:\n    """Gives the {name}."""\n    return {body}\n'
    about = {"description": f"Gives the {name} of a number.", "source": source, "function": name}
    return Tool(**{"name": name, **about, **fields})


TESTS = [
    ToolTest({"x": 2}, 4, "example"),
    ToolTest({"x": 5}, 10, "consensus"),
    ToolTest({"x": HIDDEN}, 2 * HIDDEN, "consensus", hidden=True),
]


@pytest.fixture(scope="module")
def box(bubblewrap):
    from sandbox import open_sandbox

    with open_sandbox("bubblewrap", packages=()) as box:
        yield box


@pytest.fixture
def bank(tmp_path, box):
    with ToolBank.open(tmp_path / "bank", sandbox=box, encoder=ScriptedEncoder()) as bank:
        bank.add(tool("double", "x * 2"), TESTS)
        bank.add(tool("broken", "x / 0"))
        bank.add(tool("long", "'a' * (1 << 18)"))
        yield bank


@pytest.fixture
def ask(bank):
    return asking(BankApi(SimpleNamespace(bank=bank)))


def uses(bank):
    return bank.stats().calls


def test_tools_are_listed_in_pages_and_by_status(ask, bank):
    status, page = ask("GET", "/api/tools", limit=2)
    assert (status, page["total"], [t["name"] for t in page["tools"]]) == (200, 3, ["broken", "double"])
    assert [t["name"] for t in ask("GET", "/api/tools", limit=2, offset=2)[1]["tools"]] == ["long"]
    bank.retire("broken", "it fails")
    assert [t["name"] for t in ask("GET", "/api/tools", status="retired")[1]["tools"]] == ["broken"]
    assert ask("GET", "/api/tools")[1]["counts"] == {"retired": 1, "active": 2}


def test_tools_are_found_by_what_they_do(ask):
    status, matches = ask("GET", "/api/tool-search", q="Gives the double of a number.", k=2)
    assert status == 200
    assert matches[0]["tool"]["name"] == "double"
    assert len(matches) == 2
    assert ask("GET", "/api/tool-search", q="  ")[0] == 422


def test_a_search_without_its_model_says_what_to_mend(tmp_path, monkeypatch):
    class NoEncoder(ScriptedEncoder):
        def encode(self, texts):
            raise ModelUnavailable("no encoder; run `make model`")

    with ToolBank.open(tmp_path / "bank", encoder=NoEncoder()) as bank:
        bank.add(tool("double", "x * 2"))
        status, body = asking(BankApi(SimpleNamespace(bank=bank)))("GET", "/api/tool-search", q="double")
    assert status == 503
    assert "make model" in body["error"]["message"]


def test_a_card_tells_all_but_hidden_tests(ask):
    status, card = ask("GET", "/api/tools/double")
    assert status == 200
    assert card["signature"] == "(x: int) -> float"
    assert card["documentation"] == "Gives the double."
    assert card["parameters"]["properties"]["x"]["type"] == "integer"
    assert card["source"].startswith("def double")
    assert [test["arguments"] for test in card["tests"]] == [{"x": 2}, {"x": 5}]
    assert (card["hidden_tests"], card["tests_by_origin"]) == (1, {"example": 1, "consensus": 2})
    for path in ("/api/tools", "/api/tools/double", "/api/tools/double/history"):
        assert str(HIDDEN) not in json.dumps(ask("GET", path)[1])


def test_reading_changes_no_ledger_and_a_call_is_written_to_it(ask, bank):
    for path in ("/api/tools", "/api/tools/double", "/api/tools/double/history"):
        assert ask("GET", path)[0] == 200
    ask("GET", "/api/tool-search", q="double")
    assert uses(bank) == 0
    ask("POST", "/api/tools/double/calls", {"arguments": {"x": 4}, "request": "to try it"})
    assert uses(bank) == 1
    use = ask("GET", "/api/tools/double")[1]["use"]
    assert (use["uses"], use["requests"], use["failures"]) == (1, 1, 0)


def test_an_alias_is_answered_by_its_tool(ask, bank):
    bank.admit(tool("twice", "2 * x"), [ToolTest({"x": x}, 2 * x, "example") for x in (1, 2, 5, 30, 41)])
    card = ask("GET", "/api/tools/twice")[1]
    assert (card["asked"], card["name"]) == ("twice", "double")
    assert [alias["name"] for alias in card["aliases"]] == ["twice"]
    assert ask("POST", "/api/tools/twice/calls", {"arguments": {"x": 4}})[1]["value"] == 8


def test_a_call_gives_a_value_or_says_whose_doing_it_is(ask, bank):
    done = ask("POST", "/api/tools/double/calls", {"arguments": {"x": 21}})
    assert done[0] == 200
    assert (done[1]["outcome"], done[1]["value"], done[1]["error"]) == ("returned", 42, "")
    refused = ask("POST", "/api/tools/double/calls", {"arguments": {"y": 1}})[1]
    assert (refused["outcome"], refused["value"]) == ("refused", None)
    assert "missing x" in refused["error"]
    failed = ask("POST", "/api/tools/broken/calls", {"arguments": {"x": 1}})[1]
    assert failed["outcome"] == "failed"
    assert "ZeroDivisionError" in failed["error"]
    bank.retire("double", "enough")
    assert ask("POST", "/api/tools/double/calls", {"arguments": {"x": 1}})[1]["outcome"] == "not_served"
    assert ask("POST", "/api/tools/nobody/calls", {"arguments": {}})[0] == 404


def test_a_call_has_limits_of_time_and_size(ask, bank):
    bank.add(tool("endless", "[0 for _ in iter(int, 1)]"))
    slow = ask("POST", "/api/tools/endless/calls", {"arguments": {"x": 1}, "seconds": 0.5})[1]
    assert slow["outcome"] == "failed"
    assert "timed out" in slow["error"]
    assert ask("POST", "/api/tools/endless/calls", {"arguments": {"x": 1}, "seconds": 1e9})[0] == 422
    assert "output exceeded" in ask("POST", "/api/tools/long/calls", {"arguments": {"x": 1}})[1]["error"]


def test_too_many_calls_at_once_are_refused(bank):
    api = BankApi(SimpleNamespace(bank=bank))
    ask = asking(api)
    for _ in range(CALLS_AT_ONCE):
        api._calls.acquire()
    assert ask("POST", "/api/tools/double/calls", {"arguments": {"x": 1}})[0] == 429
    api._calls.release()
    assert ask("POST", "/api/tools/double/calls", {"arguments": {"x": 1}})[0] == 200


def test_versions_are_told_apart_and_rolled_back(ask, bank):
    first = bank.get("double").version
    bank.add(tool("double", "x + x", scores={"visible": 1.0}), TESTS)
    second = bank.get("double").version
    story = ask("GET", "/api/tools/double/history")[1]
    assert [(v["version"], v["is_current"]) for v in story["versions"]] == [(first, False), (second, True)]
    status, found = ask("GET", "/api/tools/double/difference", before=first[:12], after=second)
    assert status == 200
    assert "-    return x * 2" in found["source"]
    assert "+    return x + x" in found["source"]
    assert found["fields"] == {"scores": [{}, {"visible": 1.0}]}
    assert ask("GET", "/api/tools/double/difference", before="nothing", after=second)[0] == 404
    assert ask("GET", "/api/tools/double/difference", before="", after=second)[0] == 404
    assert ask("POST", "/api/tools/double/rollback", {})[0] == 422, "a step needs its reason"
    assert ask("POST", "/api/tools/double/rollback", {"why": " "})[0] == 422
    status, line = ask("POST", "/api/tools/double/rollback", {"why": "the new one is no better"})
    assert (status, line["version"]) == (200, first)
    assert ask("POST", "/api/tools/broken/rollback", {"why": "x"})[0] in (409, 422)


def test_a_tool_is_retired_and_one_in_quarantine_released(ask, bank):
    assert ask("POST", "/api/tools/double/retire", {"why": "enough"})[1]["status"] == "retired"
    assert ask("GET", "/api/tools/double/history")[1]["events"][-1]["detail"]["why"] == "enough"
    for _ in range(3):
        ask("POST", "/api/tools/broken/calls", {"arguments": {"x": 1}})
    assert ask("GET", "/api/tools/broken")[1]["status"] == "quarantined"
    assert ask("POST", "/api/tools/broken/release", {"why": "mended"})[1]["status"] != "quarantined"


def test_what_is_unknown_is_missing_and_what_is_wrong_is_named(ask):
    for path in ("/api/tools/nobody", "/api/tools/nobody/history", "/api/tools/%3Cscript%3E"):
        assert ask("GET", path)[0] == 404
    assert ask("GET", "/api/tools", limit=0)[0] == 422
    assert ask("GET", "/api/tools", status="good")[0] == 422
    assert ask("POST", "/api/tools/double/calls", {"arguments": [1]})[0] == 422
    assert ask("POST", "/api/tools/double/calls", {"arguments": {}, "limit": 1})[0] == 422


def test_a_tool_without_a_schema_still_has_its_card(ask, bank):
    bank.add(tool("odd", "0", source="import nowhere\n\n\ndef odd(x: int) -> int:\n    return 0\n"))
    status, card = ask("GET", "/api/tools/odd")
    assert (status, card["parameters"]) == (200, None)
    assert "nowhere" in card["schema_problem"]
