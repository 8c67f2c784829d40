"""What becomes of tools in service: the ledger, quarantine and retirement by use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Limits, SandboxBroken
from sandbox.interface import Value
from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import numeric
from tool_bank import StepRefused, ToolBank, ToolCallFailed, ToolCallRefused, ToolNotCallable
from tool_bank.ledger import Ledger, Use
from tool_bank.scripted import ScriptedEncoder

HALF = numeric("half", "1 / x")


def halve(_source: str, _function: str, arguments: object) -> Value:
    return 1 / arguments[0]["x"]  # type: ignore[index]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    box = ScriptedSandbox(halve)
    with ToolBank.open(tmp_path / "bank", sandbox=box, encoder=ScriptedEncoder()) as opened:
        opened.add(HALF)
        yield opened


def fail(bank: ToolBank, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ToolCallFailed):
            bank.call("half", {"x": 0})


def uses(bank: ToolBank) -> list[Use]:
    return Ledger(bank._record.database).by_tool().get("half", [])


def test_every_call_is_written_down_with_its_request_and_outcome(bank: ToolBank) -> None:
    bank.call("half", {"x": 2}, request="what is half of one?")
    fail(bank, 1)
    with pytest.raises(ToolCallRefused):
        bank.call("half", {"y": 2})
    bank.retire("half", "test")
    with pytest.raises(ToolNotCallable):
        bank.call("half", {"x": 2})
    assert [(use.outcome, use.request) for use in uses(bank)] == [
        ("returned", "what is half of one?"), ("failed", ""), ("refused", ""), ("refused", ""),
    ]  # fmt: skip
    assert "ZeroDivisionError" in uses(bank)[1].error
    assert uses(bank)[0].version == HALF.version
    assert uses(bank)[0].seconds >= 0


def test_three_failures_in_a_row_put_a_tool_in_quarantine_with_the_error(bank: ToolBank) -> None:
    fail(bank, 3)
    assert bank.get("half").status == "quarantined"
    assert bank.search("half") == []
    with pytest.raises(
        ToolNotCallable, match=r"quarantined: 3 failures in a row.*ZeroDivisionError.*release half"
    ):
        bank.call("half", {"x": 1})


def test_failures_that_are_not_in_a_row_do_no_harm(bank: ToolBank) -> None:
    fail(bank, 2)
    bank.call("half", {"x": 1})
    fail(bank, 2)
    assert bank.get("half").status == "active"


def test_refused_arguments_are_no_failures(bank: ToolBank) -> None:
    for _ in range(5):
        with pytest.raises(ToolCallRefused):
            bank.call("half", {"z": 1})
    assert bank.get("half").status == "active"


def test_refused_arguments_between_failures_do_not_break_the_row(bank: ToolBank) -> None:
    fail(bank, 2)
    with pytest.raises(ToolCallRefused):
        bank.call("half", {"z": 1})
    fail(bank, 1)
    assert bank.get("half").status == "quarantined"


def test_a_release_forgives_what_was_before_it(bank: ToolBank) -> None:
    fail(bank, 3)
    assert bank.release("half", "zero is mended").status == "active"
    assert [match.tool.name for match in bank.search("half")] == ["half"]
    fail(bank, 2)
    assert bank.get("half").status == "active"
    fail(bank, 1)
    assert bank.get("half").status == "quarantined"
    assert [event.kind for event in bank.events("half")] == [
        "added",
        "quarantined",
        "released",
        "quarantined",
    ]


def test_a_provisional_tool_is_released_as_one(bank: ToolBank) -> None:
    bank.add(numeric("half", "1 / x", status="provisional"))
    fail(bank, 3)
    assert bank.release("half", "again").status == "provisional"


def test_only_a_quarantined_tool_can_be_released(bank: ToolBank) -> None:
    with pytest.raises(StepRefused, match="half: expected a quarantined tool, found it active"):
        bank.release("half", "why not")


def test_a_new_version_does_not_answer_for_the_failures_of_the_old(bank: ToolBank) -> None:
    fail(bank, 2)
    bank.add(numeric("half", "1.0 / x"))
    fail(bank, 2)
    assert bank.get("half").status == "active"


def test_what_the_callers_own_limits_end_is_not_the_tools_fault(tmp_path: Path) -> None:
    from sandbox.opening import open_sandbox

    slow = numeric("slow", "sum(range(10 ** 9))")
    with (
        open_sandbox("bubblewrap", packages=()) as box,
        ToolBank.open(tmp_path, sandbox=box, encoder=ScriptedEncoder()) as bank,
    ):
        bank.add(slow)
        for _ in range(4):
            with pytest.raises(ToolCallFailed, match="timed out"):
                bank.call("slow", {"x": 1}, limits=Limits(wall_seconds=0.05))
        assert bank.get("slow").status == "active"


def test_a_broken_sandbox_is_not_the_tools_fault(tmp_path: Path) -> None:
    def breaks(*_: object) -> Value:
        raise AssertionError

    box = ScriptedSandbox(breaks)

    def broken(*_: object, **__: object) -> Value:
        raise SandboxBroken("the engine is gone")

    box.call = broken  # type: ignore[method-assign]
    with ToolBank.open(tmp_path, sandbox=box, encoder=ScriptedEncoder()) as bank:
        bank.add(HALF)
        for _ in range(4):
            with pytest.raises(SandboxBroken):
                bank.call("half", {"x": 1})
        assert bank.get("half").status == "active"
        assert {use.outcome for use in uses(bank)} == {"stopped"}


def test_the_ledger_waits_for_no_disk_and_the_record_still_does(bank: ToolBank) -> None:
    database = bank._record.database
    with database.quick_transaction():
        assert database.rows("PRAGMA synchronous") == [(1,)]
    bank.call("half", {"x": 2})
    assert database.rows("PRAGMA synchronous") == [(2,)]
    with pytest.raises(RuntimeError), database.quick_transaction():
        raise RuntimeError
    assert database.rows("PRAGMA synchronous") == [(2,)]
    with database.transaction(), database.quick_transaction():
        assert database.rows("PRAGMA synchronous") == [(2,)], "what is part of another is as safe as that"


def test_any_text_may_be_a_request_and_nothing_else(bank: ToolBank) -> None:
    assert bank.call("half", {"x": 2}, request="\ud800" + "x" * 5000) == 0.5
    assert uses(bank)[0].request == "?" + "x" * 999
    with pytest.raises(ValueError, match=r"call\(request=7\): expected a text, found int"):
        bank.call("half", {"x": 2}, request=7)  # type: ignore[arg-type]
    assert len(uses(bank)) == 1


def test_a_tool_that_says_no_to_arguments_is_not_withdrawn_for_it(tmp_path: Path) -> None:
    def refuse(_source: str, _function: str, _arguments: object) -> Value:
        raise ValueError("x: expected more than 0")

    with ToolBank.open(tmp_path / "bank", sandbox=ScriptedSandbox(refuse), encoder=ScriptedEncoder()) as bank:
        bank.add(HALF)
        fail(bank, 5)
        assert {use.outcome for use in uses(bank)} == {"refused"}
        assert bank.get("half").status == "active"
