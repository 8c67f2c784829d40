"""What earlier requests teach: how they ended, and by which plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.agent_file import open_record
from agent.knowledge.past import PastOutcomes
from agent.knowledge.plan_examples import PlanExamples
from agent.request import Outcome, Request, State, ToolOrder, Wish
from agent.requests.request_json import text_of
from tool_bank.database import Database
from tool_bank.scripted import ScriptedEncoder


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_record(tmp_path / "agent")
    yield database
    database.close()


def request(name: str, objective: str, user: str = "user") -> Request:
    return Request(name, Wish(objective, user=user), State.IN_PROGRESS, None, None, "2024", "2024")


def file(
    database: Database,
    name: str,
    wish: Wish,
    state: State = State.SUCCEEDED,
    outcome: Outcome | None = Outcome(4, "answer: 4", tools=("add",), seconds=2.5),  # noqa: B008
) -> None:
    with database.transaction():
        database.write(
            "INSERT INTO requests VALUES (?, ?, ?, NULL, ?, '2024', '2024')",
            (name, text_of(wish), state, None if outcome is None else text_of(outcome)),
        )


def test_similar_ended_requests_are_told_with_how_they_ended(database: Database) -> None:
    file(database, "a", Wish("convert the duration to seconds"))
    file(database, "b", Wish("bake bread with rye"))
    found = PastOutcomes(database, ScriptedEncoder()).similar(request("x", "convert a duration into seconds"))
    assert [(o.request, o.state, o.summary, o.tools, o.seconds) for o in found] == [
        ("a", State.SUCCEEDED, "answer: 4", ("add",), 2.5)
    ]
    assert found[0].likeness > 0.6


def test_the_request_itself_open_ones_other_users_and_orders_are_no_past(database: Database) -> None:
    wish = Wish("convert the duration to seconds")
    file(database, "self", wish)
    file(database, "open", wish, State.IN_PROGRESS, None)
    file(database, "idle", wish, State.CANCELED, None)
    file(database, "theirs", Wish(wish.objective, user="ann"))
    file(database, "order", Wish(wish.objective, tool=ToolOrder("f", "does it")))
    past = PastOutcomes(database, ScriptedEncoder())
    assert past.similar(request("self", wish.objective)) == []
    assert [o.request for o in past.similar(request("x", wish.objective))] == ["self"]
    assert [o.request for o in past.similar(request("x", wish.objective, "ann"))] == ["theirs"]


def test_objectives_are_embedded_once(database: Database) -> None:
    encoder = ScriptedEncoder()
    file(database, "a", Wish("convert the duration to seconds"))
    for _ in range(2):
        PastOutcomes(database, encoder).similar(request("x", "duration"))
    assert encoder.encoded.count("convert the duration to seconds") == 1


def test_similar_plans_come_back_and_never_the_requests_own(database: Database) -> None:
    for name, objective in (("a", "convert the duration to seconds"), ("b", "bake bread with rye")):
        file(database, name, Wish(objective))
    examples = PlanExamples(database, ScriptedEncoder())
    examples.keep("a", "convert the duration to seconds", "answer = 0\n", ["old"])
    examples.keep("a", "convert the duration to seconds", "answer = seconds('1h')\n", ["seconds"])
    examples.keep("b", "bake bread with rye", "answer = bake('rye')\n", ["bake"])
    found = examples.similar("convert a duration into seconds")
    assert [(e.request, e.source, e.tools) for e in found] == [
        ("a", "answer = seconds('1h')\n", ("seconds",))
    ]
    assert examples.similar("convert a duration into seconds", but="a") == []
    assert examples.similar("") == []


def test_the_same_plan_is_one_example(database: Database) -> None:
    examples = PlanExamples(database, ScriptedEncoder())
    for name in ("a", "b", "c"):
        file(database, name, Wish("double the number"))
        examples.keep(name, "double the number", "answer = 2\n" if name != "c" else "answer = 3\n", [])
    assert sorted(e.source for e in examples.similar("double the number", k=5)) == [
        "answer = 2\n",
        "answer = 3\n",
    ]
