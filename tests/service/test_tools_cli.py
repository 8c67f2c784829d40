"""`funsearch tools`: what is known of a tool, its use and its lineage; every mistake is one message."""

import json

import pytest

from tool_bank import Tool, ToolBank, ToolCallFailed, ToolTest
from tool_bank.scripted import ScriptedEncoder


def tool(name, body, **fields):
    source = f"def {name}(x: int) -> float:\n    return {body}\n"
    about = {"description": f"Gives the {name} of a [/number].", "source": source, "function": name}
    return Tool(**{"name": name, **about, **fields})


TESTS = [
    *(ToolTest({"x": x}, 2 * x, "example") for x in (1, 2, 5)),
    *(ToolTest({"x": x}, 2 * x, "consensus", hidden=True) for x in (30, 41)),
]


@pytest.fixture
def opened(tmp_path, bubblewrap_box):
    with ToolBank.open(tmp_path / "bank", sandbox=bubblewrap_box, encoder=ScriptedEncoder()) as bank:
        bank.add(tool("double", "x * 2"), TESTS)
        bank.challenge(tool("double", "x + x"))
        bank.admit(tool("twice", "2 * x"), TESTS)
        bank.add(tool("broken", "x / 0"))
        yield bank


@pytest.fixture(scope="module")
def bubblewrap_box():
    from sandbox import open_sandbox

    with open_sandbox("bubblewrap", packages=()) as box:
        yield box


@pytest.fixture
def tools(command, opened, tmp_path):
    def run(*arguments):
        return command("tools", *arguments, "--bank", tmp_path / "bank")

    return run


def test_a_tool_is_shown_with_calls_tests_by_origin_and_lineage(tools):
    status, out, err = tools("show", "double")
    assert status == 0, err
    assert "funsearch tools call double '{\"x\": 1}'  # 2" in out
    assert "3 by example, 2 by consensus; 2 of them hidden" in out
    assert "answers for" in out
    assert "supersedes" in out
    assert "[/number]" in out
    assert '"x": 30' not in out, "hidden tests are not shown"


def test_the_same_as_a_value(tools):
    shown = json.loads(tools("show", "twice", "--json")[1])
    assert shown["name"] == "double"
    assert shown["tests"] == {"example": 3, "consensus": 2}
    assert shown["example_calls"][0] == {"arguments": {"x": 1}, "returns": 2}
    assert [alias["name"] for alias in shown["aliases"]] == ["twice"]
    assert [version["status"] for version in shown["lineage"]] == ["retired", "active"]
    assert shown["lineage"][1]["supersedes"] == shown["lineage"][0]["version"]
    assert "30" not in json.dumps(shown["example_calls"])


def test_the_history_tells_lineage_and_events(tools):
    assert [e["kind"] for e in json.loads(tools("history", "double", "--json")[1])["events"]][:2] == [
        "added", "succeeded",
    ]  # fmt: skip
    out = tools("history", "double")[1]
    assert "supersedes" in out
    assert "answers for" in out


def test_a_rollback_serves_the_version_before(tools, opened):
    first = opened.history("double")[0].tool.version
    status, out, err = tools("rollback", "double", "--why", "slower")
    assert status == 0, err
    assert out == f"double is version {first[:12]} again, active.\n"
    status, out, err = tools("rollback", "double", "--why", "again")
    assert (status, out) == (1, "")
    assert err.startswith("funsearch: double: no version before")


def test_a_quarantined_tool_says_why_and_is_released(tools, opened):
    for _ in range(3):
        with pytest.raises(ToolCallFailed):
            opened.call("broken", {"x": 1})
    status, _, err = tools("call", "broken", '{"x": 1}')
    assert status == 1
    assert "broken is quarantined: 3 failures in a row" in err
    assert "funsearch tools release broken" in err
    assert tools("release", "broken", "--why", "mended")[1] == "broken is active again.\n"
    assert "expected a quarantined tool, found it active" in tools("release", "broken", "--why", "x")[2]


def test_aliases_are_listed_and_separated(tools):
    (alias,) = json.loads(tools("aliases", "--json")[1])
    assert (alias["name"], alias["target"]) == ("twice", "double")
    assert "twice" in tools("aliases", "double")[1]
    assert "answers for no other name" in tools("aliases", "broken")[1]
    assert tools("separate", "twice", "--why", "test")[1] == "twice is a tool of its own again, active.\n"
    assert "expected an alias" in tools("separate", "twice", "--why", "test")[2]
    assert "No tool answers for another name" in tools("aliases")[1]


def test_stats_tell_tools_and_reuse(tools, opened):
    opened.call("double", {"x": 1}, request="first")
    opened.call("twice", {"x": 1}, request="second")
    told = json.loads(tools("stats", "--json")[1])
    assert (told["calls"], told["requests"], told["reused"], told["never_used"]) == (2, 2, 0.5, ["broken"])
    out = tools("stats")[1]
    assert "2 calls, 2 requests: 50% reused a tool made for another; never used: broken" in out


def test_unused_tools_are_retired_after_grace(tools, opened):
    for n in range(3):
        opened.call("double", {"x": 1}, request=f"request {n}")
    assert tools("retire-unused")[1] == "No tool is used too little.\n"
    at_once = ("retire-unused", "--days", "0", "--requests", "0")
    assert tools(*at_once, "--dry-run")[1] == "to be retired: broken\n"
    assert json.loads(tools(*at_once, "--json")[1]) == ["broken"]
    assert opened.get("broken").status == "retired"


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "none"),
        ("history", "none"),
        ("aliases", "none"),
        ("rollback", "none", "--why", "x"),
        ("release", "none", "--why", "x"),
        ("separate", "none", "--why", "x"),
    ],
)
def test_an_unknown_name_is_one_message(tools, arguments):
    status, out, err = tools(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith("funsearch: ")
    assert "none" in err
    assert "Traceback" not in err


def test_a_grace_below_nothing_is_one_message(tools):
    status, _, err = tools("retire-unused", "--days", "-1")
    assert status != 0
    assert "Traceback" not in err


def test_a_bank_that_is_not_there_is_not_made(command, tmp_path):
    status, _, err = command("tools", "stats", "--bank", tmp_path / "nowhere")
    assert status == 1
    assert "expected the directory of a tool bank" in err
    assert not (tmp_path / "nowhere").exists()
