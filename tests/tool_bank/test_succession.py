"""Champion and challenger, decided in a real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tool_bank.examples import bank_with, numeric
from tool_bank import Event, StepRefused, Tool, ToolBank, ToolTest

DOUBLE = numeric("double", "x * 2")
SUM = numeric("double", "x + x")
TRIPLE = numeric("double", "x * 3")
TESTS = [ToolTest({"x": 2}, 4, "example"), ToolTest({"x": -1}, -2, "consensus", hidden=True)]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    with bank_with(tmp_path) as opened:
        yield opened


def told(bank: ToolBank, kind: str, name: str = "double") -> list[Event]:
    return [event for event in bank.events(name) if event.kind == kind]


def found(bank: ToolBank, query: str = "double number") -> list[str]:
    return [match.tool.source for match in bank.search(query)]


def test_a_new_name_enters_with_its_tests(bank: ToolBank) -> None:
    entry = bank.challenge(DOUBLE, TESTS)
    assert (entry.outcome, entry.version, entry.target) == ("added", DOUBLE.version, "double")
    assert bank.get("double").status == "active"
    assert bank.tests("double") == TESTS


def test_a_new_tool_that_fails_its_own_tests_is_kept_as_a_candidate(bank: ToolBank) -> None:
    entry = bank.challenge(TRIPLE, TESTS)
    assert entry.outcome == "refused"
    assert bank.get("double").status == "candidate"
    assert found(bank) == []
    assert bank.challenge(DOUBLE, TESTS).outcome == "added", "nobody relies on a candidate"


def test_a_challenger_that_passes_everything_takes_over_with_the_tests_of_before(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    mine = ToolTest({"x": 10}, 20, "example")
    entry = bank.challenge(SUM, [mine])
    assert (entry.outcome, entry.verdict.passed) == ("succeeded", 3)
    champion = bank.get("double")
    assert champion.version == entry.version
    assert champion.source == SUM.source
    assert champion.supersedes == DOUBLE.version
    assert bank.tests("double") == [mine, *TESTS]
    assert found(bank) == [SUM.source]
    assert told(bank, "succeeded")[0].detail["supersedes"] == DOUBLE.version


def test_a_challenger_that_fails_a_test_of_the_champion_is_kept_and_the_test_shown(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(TRIPLE)
    assert entry.outcome == "refused"
    (failure,) = entry.failed
    assert (failure.arguments, failure.expected, failure.found) == ({"x": 2}, 4, "6")
    assert entry.hidden_failed == 1
    assert "'x': -1" not in entry.why, "hidden tests are counted, never shown"
    assert bank.get("double") == DOUBLE
    assert bank.call("double", {"x": 5}) == 10
    assert found(bank) == [DOUBLE.source]
    assert [v.tool.status for v in bank.history("double")] == ["active", "candidate"]
    assert (
        told(bank, "challenger refused")[0].detail["why"]
        == "{'x': 2}: expected 4, found 6; 1 hidden tests failed"
    )


def test_a_hidden_failure_alone_refuses(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(numeric("double", "x * 2 if x > 0 else 0"))
    assert (entry.outcome, entry.failed, entry.hidden_failed) == ("refused", (), 1)


def test_a_challenger_whose_own_tests_contradict_the_champions_is_refused(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    assert bank.challenge(TRIPLE, [ToolTest({"x": 2}, 6, "example")]).outcome == "refused"


def test_tests_of_a_version_long_superseded_still_bind(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    bank.challenge(SUM)
    entry = bank.challenge(numeric("double", "x * 2 if x != -1 else 0"))
    assert (entry.outcome, entry.hidden_failed) == ("refused", 1)


def test_a_challenger_that_takes_other_names_is_refused(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(numeric("double", "y * 2", "y: int"))
    assert "missing y" in entry.failed[0].found


def test_a_challenger_that_hangs_or_dies_is_refused(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(numeric("double", "__import__('os')._exit(3)"))
    assert "double crashed" in entry.failed[0].found


def test_the_same_tool_again_is_known_and_its_new_tests_are_kept_where_it_passes_them(bank: ToolBank) -> None:
    bank.challenge(DOUBLE, TESTS)
    more = ToolTest({"x": 3}, 6, "example")
    assert bank.challenge(DOUBLE, [more]).outcome == "known"
    assert bank.tests("double") == [*TESTS, more]
    assert "fails" in bank.challenge(DOUBLE, [ToolTest({"x": 3}, 7, "example")]).why
    bank.challenge(SUM)
    assert bank.challenge(SUM).outcome == "known", "its lineage does not make it another tool"
    assert len(bank.history("double")) == 2


def test_without_tests_of_the_champion_only_a_named_score_decides(bank: ToolBank) -> None:
    bank.add(numeric("double", "x * 2", scores={"speed": 1.0}))
    better, equal = (numeric("double", "x + x", scores={"speed": n}) for n in (1.5, 1.0))
    refused = bank.challenge(better)
    assert refused.outcome == "refused"
    assert "the champion has no tests, and no score that it has was named" in refused.why
    assert bank.challenge(equal, score="speed").why == "speed: expected more than the champion's 1, found 1"
    assert bank.challenge(better, score="beauty").outcome == "refused"
    assert bank.challenge(better, score="speed").outcome == "succeeded"


def test_a_better_score_does_not_outweigh_a_failed_test(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(numeric("double", "x * 3", scores={"speed": 9.0}), score="speed")
    assert entry.outcome == "refused"


def test_a_tool_on_trial_does_not_displace_an_admitted_one(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    entry = bank.challenge(numeric("double", "x + x", status="provisional"))
    assert (entry.outcome, entry.why) == ("refused", "it is on trial, and the champion is admitted")
    assert bank.challenge(numeric("double", "x + x", status="candidate")).why == "it is candidate itself"


def test_retired_tools_bind_nobody(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    bank.retire("double", "wrong idea")
    assert bank.challenge(TRIPLE, [ToolTest({"x": 1}, 3, "example")]).outcome == "added"


def test_a_rollback_serves_the_version_before_at_once(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    bank.challenge(SUM)
    restored = bank.rollback("double", "too slow")
    assert restored.version == bank.get("double").version == DOUBLE.version
    assert found(bank) == [DOUBLE.source]
    assert bank.call("double", {"x": 4}) == 8
    assert told(bank, "rolled back")[0].detail["why"] == "too slow"
    with pytest.raises(StepRefused, match=r"double: no version before \w{12} was in service"):
        bank.rollback("double", "further")


def test_what_was_rolled_back_does_not_come_back_by_passing_the_same_tests(bank: ToolBank) -> None:
    bank.add(DOUBLE, TESTS)
    bank.challenge(SUM)
    bank.rollback("double", "too slow")
    assert bank.challenge(SUM).why == "it was rolled back: too slow; `add` brings it back all the same"
    bank.add(SUM)
    assert bank.get("double").source == SUM.source


def test_rollbacks_go_back_step_by_step_past_versions_that_were_never_served(bank: ToolBank) -> None:
    versions = [numeric("double", f"x * 2 + 0 * {n}") for n in range(3)]
    bank.add(versions[0], TESTS)
    bank.challenge(versions[1])
    bank.challenge(TRIPLE)
    bank.challenge(versions[2])
    assert bank.rollback("double", "a").source == versions[1].source
    assert bank.rollback("double", "b").source == versions[0].source
    with pytest.raises(StepRefused):
        bank.rollback("double", "c")


def test_a_quarantined_champion_without_tests_yields_to_a_challenger_with_tests(bank: ToolBank) -> None:
    broken = numeric("double", "x / 0")
    bank.add(broken)
    for _ in range(3):
        with pytest.raises(Exception, match="ZeroDivisionError"):
            bank.call("double", {"x": 1})
    assert bank.challenge(DOUBLE).outcome == "refused"
    assert bank.challenge(DOUBLE, TESTS).outcome == "succeeded"
    assert bank.call("double", {"x": 1}) == 2


def test_tests_without_names_are_refused(bank: ToolBank) -> None:
    with pytest.raises(ValueError, match=r"expected arguments by name"):
        bank.challenge(DOUBLE, [ToolTest([2], 4, "example")])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="JSON can carry"):
        bank.challenge(DOUBLE, [ToolTest({"x": 1}, {1}, "example")])


def test_values_are_compared_as_json_carries_them(bank: ToolBank) -> None:
    pair = Tool(
        name="pair", description="Makes a pair.", function="pair",
        source="def pair(x: int):\n    return (x, {'y': (x, 0.1 + 0.2)})\n",
    )  # fmt: skip
    entry = bank.challenge(pair, [ToolTest({"x": 1}, [1, {"y": [1, 0.3]}], "example")])
    assert entry.outcome == "added"
