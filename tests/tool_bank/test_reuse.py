"""What the ledger tells of tools and of the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.interface import Value
from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import numeric
from tool_bank import ToolBank, ToolCallFailed
from tool_bank.aliases import Alias
from tool_bank.scripted import ScriptedEncoder


def answer(_source: str, _function: str, arguments: object) -> Value:
    return 1 / arguments[0]["x"]  # type: ignore[index]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    with ToolBank.open(tmp_path, sandbox=ScriptedSandbox(answer), encoder=ScriptedEncoder()) as opened:
        opened.add(numeric("made", "1 / x", provenance={"request": "divide one by a number"}))
        opened.add(numeric("found", "1 / x"))
        opened.add(numeric("idle", "1 / x"))
        yield opened


def test_nothing_is_told_before_the_first_call(bank: ToolBank) -> None:
    stats = bank.stats()
    assert (stats.calls, stats.requests, stats.reused) == (0, 0, None)
    assert stats.never_used == ("found", "idle", "made")


def test_uses_are_told_tool_by_tool_the_most_used_first(bank: ToolBank) -> None:
    for request in ("a", "a", "b", ""):
        bank.call("found", {"x": 1}, request=request)
    with pytest.raises(ToolCallFailed):
        bank.call("found", {"x": 0}, request="c")
    stats = bank.stats()
    found = stats.tools[0]
    assert (found.name, found.uses, found.requests, found.failures) == ("found", 5, 3, 1)
    assert found.last_use is not None
    assert found.median_seconds is not None
    assert stats.calls == 5
    assert stats.never_used == ("idle", "made")


def test_reuse_is_a_request_served_by_a_tool_made_for_another(bank: ToolBank) -> None:
    bank.call("made", {"x": 1}, request="divide one by a number")
    assert bank.stats().reused == 0.0
    bank.call("made", {"x": 2}, request="what is one half?")
    assert bank.stats().reused == 0.5
    bank.call("found", {"x": 2}, request="its first request")
    assert bank.stats().reused == pytest.approx(1 / 3)
    bank.call("found", {"x": 2}, request="divide one by a number")
    assert bank.stats().reused == pytest.approx(2 / 3)


def test_what_failed_was_not_reused(bank: ToolBank) -> None:
    bank.call("found", {"x": 2}, request="first")
    with pytest.raises(ToolCallFailed):
        bank.call("found", {"x": 0}, request="second")
    assert bank.stats().reused == 0.0


def test_calls_by_an_alias_count_for_the_tool_that_answers(bank: ToolBank) -> None:
    bank._aliases.put(Alias("short", "found", {"x": "x"}, {}, "test", "now"))
    bank.call("short", {"x": 1}, request="a")
    stats = bank.stats()
    assert (stats.tools[0].name, stats.tools[0].uses) == ("found", 1)


def test_a_retired_tool_is_not_blamed_for_being_unused(bank: ToolBank) -> None:
    bank.retire("idle", "test")
    assert bank.stats().never_used == ("found", "made")
