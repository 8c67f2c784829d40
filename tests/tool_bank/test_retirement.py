"""Retirement by use: TroVE's rule, after a time of grace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import numeric
from tool_bank import Grace, ToolBank
from tool_bank.ledger import Use
from tool_bank.retirement import Unused, unused
from tool_bank.scripted import ScriptedEncoder

DAY = "2030-01-{:02d}T00:00:00.000+00:00"
AT_ONCE = Grace(days=0, requests=0)


def used(name: str, count: int, day: int = 5, outcome: str = "returned") -> list[Use]:
    return [Use(name, "v", outcome, 0.1, f"{name} {n}", at=DAY.format(day)) for n in range(count)]  # type: ignore[arg-type]


def judged(uses: dict[str, list[Use]], grace: Grace = AT_ONCE, since: int = 1) -> list[str]:
    in_service = dict.fromkeys(("busy", "idle"), DAY.format(since))
    return [tool.name for tool in unused(in_service, uses, grace, DAY.format(11))]


def test_a_tool_used_fewer_than_log20_n_times_in_n_requests_is_unused() -> None:
    assert judged({"busy": used("busy", 399), "idle": used("idle", 1)}) == ["idle"], "1 < log20(400) = 2"
    assert judged({"busy": used("busy", 398), "idle": used("idle", 2)}) == []


def test_why_is_told_with_the_figures() -> None:
    (found,) = unused({"idle": DAY.format(1)}, {"busy": used("busy", 400)}, AT_ONCE, DAY.format(11))
    assert found == Unused("idle", 0, "0 uses in 400 requests and 10.0 days, fewer than log20 = 2.00")


def test_grace_is_given_in_days_and_in_requests() -> None:
    uses = {"busy": used("busy", 100)}
    assert judged(uses, Grace(days=10, requests=100)) == ["idle"]
    assert judged(uses, Grace(days=10.1, requests=100)) == []
    assert judged(uses, Grace(days=10, requests=101)) == []


def test_requests_before_a_tool_came_do_not_count_against_it() -> None:
    assert judged({"busy": used("busy", 400, day=2)}, since=3) == []


def test_what_failed_is_no_use() -> None:
    assert judged({"busy": used("busy", 400), "idle": used("idle", 50, outcome="failed")}) == ["idle"]


def test_the_bank_keeps_a_number_of_tools_the_most_used_ones() -> None:
    uses = {"other": used("other", 400), "idle": used("idle", 1)}
    assert judged(uses, Grace(0, 0, tools=0)) == ["busy", "idle"]
    assert judged(uses, Grace(0, 0, tools=1)) == ["busy"]


@pytest.mark.parametrize("field", ["days", "requests", "tools"])
@pytest.mark.parametrize("value", [-1, float("inf"), "3", True])
def test_a_grace_that_is_none_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"Grace\({field}=.*expected a number of 0 or more"):
        Grace(**{field: value})  # type: ignore[arg-type]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    box = ScriptedSandbox(lambda _source, _function, _arguments: 1)
    with ToolBank.open(tmp_path, sandbox=box, encoder=ScriptedEncoder()) as opened:
        opened.add_many([numeric("busy", "x"), numeric("idle", "x")])
        yield opened


def test_unused_tools_are_retired_and_can_be_brought_back(bank: ToolBank) -> None:
    for n in range(30):
        bank.call("busy", {"x": 1}, request=f"request {n}")
    assert bank.retire_unused() == [], "there is grace by default"
    assert bank.retire_unused(AT_ONCE, dry_run=True) == ["idle"]
    assert bank.get("idle").status == "active"
    assert bank.retire_unused(AT_ONCE) == ["idle"]
    assert bank.get("idle").status == "retired"
    assert "0 uses in 30 requests" in bank.events("idle")[-1].detail["why"]
    assert bank.retire_unused(AT_ONCE) == []
    bank.add(numeric("idle", "x"))
    assert bank.retire_unused(AT_ONCE) == [], "back in service, its time begins anew"


def test_no_requests_no_retirement(bank: ToolBank) -> None:
    assert bank.retire_unused(AT_ONCE) == []
