"""Whole requests, from their words to their end, with a scripted model and a real sandbox."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.action import Action
from agent.agent_file import open_record
from agent.budget import Budget
from agent.errors import StepRefused
from agent.means import Allowance, Means
from agent.request import State
from agent.tool_creator import CreationLimits
from agent.worker import Worker
from language_models import ModelUnavailable
from sandbox import Sandbox, open_sandbox
from tests.agent.doubling import DOUBLE
from tests.agent.routed_model import DRAFT, FIT, JUDGE, KINDS, LOOP, ORDER, PLAN, RoutedModel, calling, code
from tool_bank import Tool, ToolBank
from tool_bank.scripted import ScriptedEncoder

PICKY = Tool(
    name="picky_root",
    description="Square root of a number, never of a negative one.",
    source="def picky_root(number: float) -> float:\n    if number < 0:\n        raise ValueError('negative')\n    return number ** 0.5\n",
    function="picky_root",
    packages=(),
)
MAIL = {
    "type": "object",
    "properties": {"to": {"type": "string"}},
    "required": ["to"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def plan_box() -> Iterator[Sandbox]:
    with open_sandbox("auto", packages=()) as opened:
        yield opened


@pytest.fixture
def bank(tmp_path: Path, box: Sandbox) -> Iterator[ToolBank]:
    with ToolBank.open(tmp_path / "bank", sandbox=box, encoder=ScriptedEncoder()) as opened:
        opened.add_many([DOUBLE, PICKY])
        yield opened


Hire = Callable[..., Worker]


@pytest.fixture
def hire(tmp_path: Path, plan_box: Sandbox, bank: ToolBank) -> Iterator[Hire]:
    """Opens the record as a new process would, with a model."""
    opened = []

    def hire(model: RoutedModel, *, actions: tuple[Action, ...] = (), **allowance: object) -> Worker:
        database = open_record(tmp_path / "agent")
        opened.append(database)
        limits = Allowance(**{"rounds": 0, **allowance})  # type: ignore[arg-type]
        return Worker(
            database,
            Means(tmp_path / "agent", model, plan_box, ScriptedEncoder(), bank, actions, limits),
        )

    yield hire
    for database in opened:
        database.close()


def test_a_plan_with_a_tool_succeeds_and_says_where_its_values_come_from(hire: Hire, bank: ToolBank) -> None:
    model = RoutedModel({PLAN: code("twice = double_it(21)\nanswer = twice + 1")})
    worker = hire(model)
    filed = worker.user.create({"objective": "Double 21 and add one.", "requirements": ["answer > 40"]})
    ended = worker.run(filed.id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 43
    assert ended.outcome.tools == ("double_it",)
    assert {entry["kind"] for entry in ended.outcome.trace} >= {"tool", "code"}
    assert ended.outcome.tokens == 15 * len(model.asked)
    assert bank.stats().calls == 1


def test_a_request_that_has_ended_is_not_worked_on_again(hire: Hire) -> None:
    model = RoutedModel({PLAN: code("answer = 1")})
    worker = hire(model)
    filed = worker.user.create({"objective": "Say one."})
    first = worker.run(filed.id)
    asked = len(model.asked)
    assert worker.run(filed.id) == first
    assert len(model.asked) == asked


def test_a_tool_that_fails_leads_to_another_plan_with_the_evidence(hire: Hire) -> None:
    model = RoutedModel({PLAN: [code("answer = picky_root(-4)"), code("answer = picky_root(4)")]})
    worker = hire(model)
    ended = worker.run(worker.user.create({"objective": "The root of 4 by picky_root"}).id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 2
    again = model.requests[-1].messages[-1].content
    assert "picky_root(-4)" in again
    assert "negative" in again


def test_an_answer_that_does_not_meet_the_requirements_is_no_success(hire: Hire) -> None:
    model = RoutedModel({PLAN: [code("answer = 'seven'"), code("answer = 7")]})
    worker = hire(model)
    ended = worker.run(
        worker.user.create({"objective": "Say 7.", "requirements": ["isinstance(answer, int)"]}).id
    )
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 7
    stubborn = hire(RoutedModel({PLAN: code("answer = 'seven'")}))
    failed = stubborn.run(
        stubborn.user.create({"objective": "Say 8.", "requirements": ["isinstance(answer, int)"]}).id
    )
    assert failed.state is State.FAILED
    assert failed.outcome is not None
    assert "isinstance(answer, int)" in failed.outcome.summary


def test_a_model_that_talks_nonsense_fails_the_request_in_words(hire: Hire) -> None:
    worker = hire(RoutedModel({}, otherwise="colourless green ideas (("), rounds=4)
    ended = worker.run(worker.user.create({"objective": "Anything useful, please."}).id)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert ended.outcome.summary


def test_the_loop_of_calls_takes_over_where_no_plan_is_right(hire: Hire) -> None:
    replies = [calling("double_it", '{"number": 4}'), calling("answer", '{"value": 8}')]
    model = RoutedModel({PLAN: code("answer = undefined_variable"), LOOP: replies})
    worker = hire(model, rounds=4)
    ended = worker.run(worker.user.create({"objective": "Double 4."}).id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 8


def test_a_question_is_asked_once_and_the_work_goes_on_from_the_answer(hire: Hire) -> None:
    model = RoutedModel({PLAN: code("n = int(ask_user('Which number?'))\nanswer = double_it(n)")})
    worker = hire(model)
    filed = worker.user.create({"objective": "Double my number."})
    waiting = worker.run(filed.id)
    assert waiting.state is State.WAITING_FEEDBACK
    assert waiting.question is not None
    assert waiting.question.text == "Which number?"
    assert worker.run(filed.id).state is State.WAITING_FEEDBACK
    asked = len(model.asked)
    later = hire(model)
    later.user.answer(filed.id, "6")
    ended = later.run(filed.id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 12
    assert len(model.asked) == asked


def test_an_action_waits_for_consent_and_is_done_once(hire: Hire) -> None:
    sent: list[str] = []
    mail = Action("send_mail", "Sends a mail.", MAIL, lambda to: sent.append(to))
    model = RoutedModel({PLAN: code("send_mail(to='Ann')\nanswer = 'sent'")})
    worker = hire(model, actions=(mail,))
    filed = worker.user.create({"objective": "Send a mail to Ann."})
    waiting = worker.run(filed.id)
    assert waiting.question is not None
    assert waiting.question.kind == "consent"
    assert sent == []
    worker.user.answer(filed.id, "yes")
    assert worker.run(filed.id).state is State.SUCCEEDED
    assert sent == ["Ann"]


@pytest.mark.parametrize("state", [State.NOT_STARTED, State.IN_PROGRESS, State.WAITING_FEEDBACK])
def test_a_request_can_be_canceled_in_each_open_state(hire: Hire, state: State) -> None:
    model = RoutedModel({PLAN: code("answer = ask_user('Sure?')")})
    worker = hire(model)
    filed = worker.user.create({"objective": "Ask me."})
    if state is State.IN_PROGRESS:
        worker.store.start(filed.id)
    if state is State.WAITING_FEEDBACK:
        worker.run(filed.id)
    assert worker.user.get(filed.id).state is state
    worker.user.cancel(filed.id)
    assert worker.run(filed.id).state is State.CANCELED
    with pytest.raises(StepRefused):
        worker.user.cancel(filed.id)


def test_a_request_that_is_canceled_while_it_is_worked_on_does_nothing_more(hire: Hire) -> None:
    def cancel(told: str) -> str:
        other.user.cancel("mine")
        return code("answer = double_it(1)")

    other = hire(RoutedModel({}))
    worker = hire(RoutedModel({PLAN: cancel}))
    worker.user.create({"objective": "Double 1."}, id="mine")
    assert worker.run("mine").state is State.CANCELED


def test_a_used_up_budget_fails_the_request_and_says_of_what(hire: Hire) -> None:
    worker = hire(RoutedModel({PLAN: code("answer = 1")}), budget=Budget(tokens=20))
    ended = worker.run(worker.user.create({"objective": "Say one, cheaply."}).id)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert "tokens" in ended.outcome.summary
    assert ended.outcome.tokens > 0


def test_constraints_narrow_the_budget_and_forbid_tools(hire: Hire) -> None:
    model = RoutedModel({PLAN: code("answer = double_it(2)")})
    worker = hire(model, plans=1)
    ended = worker.run(
        worker.user.create({"objective": "Double 2.", "constraints": ["do not use double_it"]}).id
    )
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert ended.outcome.tools == ()


def test_a_model_that_is_down_leaves_the_request_open_for_another_time(hire: Hire) -> None:
    model = RoutedModel({PLAN: code("answer = 1")})
    model.is_down = True
    worker = hire(model)
    filed = worker.user.create({"objective": "Say one."})
    with pytest.raises(ModelUnavailable):
        worker.run(filed.id)
    assert worker.user.get(filed.id).state is State.IN_PROGRESS
    model.is_down = False
    assert [request.state for request in hire(model).run_open()] == [State.SUCCEEDED]


def test_a_wish_that_is_changed_while_it_is_worked_on_is_worked_on_again(hire: Hire) -> None:
    def change(told: str) -> str:
        if "Say two." in told:
            return code("answer = 2")
        other.user.update("mine", {"objective": "Say two."})
        return code("answer = 1")

    other = hire(RoutedModel({}))
    worker = hire(RoutedModel({PLAN: change}))
    worker.user.create({"objective": "Say one."}, id="mine")
    ended = worker.run("mine")
    assert ended.outcome is not None
    assert ended.outcome.value == 2


def test_two_processes_do_not_work_on_one_request(hire: Hire) -> None:
    def intrude(told: str) -> str:
        with pytest.raises(StepRefused, match="another process"):
            other.run("mine")
        return code("answer = 1")

    other = hire(RoutedModel({}))
    worker = hire(RoutedModel({PLAN: intrude}))
    worker.user.create({"objective": "Say one."}, id="mine")
    assert worker.run("mine").state is State.SUCCEEDED


def test_a_missing_tool_is_made_and_used(hire: Hire, bank: ToolBank) -> None:
    order = code(
        'def triple_it(number: int) -> int:\n    """Triples a whole number."""\n    ...\n\n'
        "triple_it(2) == 6\ntriple_it(-5) == -15"
    )
    routes = {
        KINDS: "triple_it(7)  # triples a whole number",
        FIT: '{"triple_it": "missing"}',
        ORDER: order,
        DRAFT: code("def triple_it(number):\n    return 3 * number"),
        PLAN: code("answer = triple_it(7)"),
    }
    worker = hire(RoutedModel(routes), creation=CreationLimits(minutes=1.0))
    ended = worker.run(worker.user.create({"objective": "Triple 7."}).id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 21
    assert ended.outcome.created == ("triple_it",)
    assert bank.get("triple_it").status in ("active", "provisional")


def test_a_tool_that_the_loop_of_calls_has_made_is_told_with_the_outcome(hire: Hire) -> None:
    order = {
        "name": "triple_it", "description": "Triples a whole number.", "signature": "(number: int) -> int",
        "examples": ["triple_it(2) == 6", "triple_it(-5) == -15"],
    }  # fmt: skip
    replies = [
        calling("create_tool", json.dumps(order)),
        calling("triple_it", '{"number": 7}'),
        calling("answer", '{"value": 21}'),
    ]
    draft = code("def triple_it(number):\n    return 3 * number")
    model = RoutedModel({PLAN: code("answer = undefined_variable"), LOOP: replies, DRAFT: draft})
    worker = hire(model, rounds=8, creation=CreationLimits(minutes=1.0))
    ended = worker.run(worker.user.create({"objective": "Triple 7."}).id)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 21
    assert ended.outcome.created == ("triple_it",)


def test_an_order_of_a_tool_is_a_request_of_its_own(hire: Hire, bank: ToolBank) -> None:
    model = RoutedModel({DRAFT: code("def add_nine(number):\n    return number + 9")})
    worker = hire(model, creation=CreationLimits(minutes=1.0))
    tool = {
        "name": "add_nine",
        "description": "Adds nine to a number.",
        "signature": "(number: int) -> int",
        "examples": ["add_nine(1) == 10", "add_nine(-9) == 0"],
    }
    ended = worker.run(worker.user.create({"objective": "Make it.", "tool": tool}).id)
    assert ended.state is State.SUCCEEDED
    assert bank.call("add_nine", {"number": 5}) == 14


def test_calls_that_a_model_answers_again_and_again_become_orders_of_a_tool(hire: Hire) -> None:
    plan = code("answer = [is_fruit(w) for w in ['apple', 'iron', 'pear', 'salt']]")

    def say(told: str) -> str:
        return '{"value": true}' if "apple" in told.rpartition("is_fruit(")[2] else '{"value": false}'

    model = RoutedModel({PLAN: plan, "is_fruit(": say})
    worker = hire(model)
    ended = worker.run(worker.user.create({"objective": "Which of these are fruits?"}).id)
    assert ended.state is State.SUCCEEDED
    assert [request.wish.tool.name for request in worker.store.all() if request.wish.tool] == ["is_fruit"]


def test_a_model_judges_what_cannot_be_computed(hire: Hire) -> None:
    verdicts = [
        '{"verdicts": [{"number": 1, "met": "no", "reason": "it is rude"}]}',
        '{"verdicts": [{"number": 1, "met": "yes", "reason": "kind"}]}',
    ]
    model = RoutedModel({PLAN: [code("answer = 'go away'"), code("answer = 'welcome'")], JUDGE: verdicts})
    worker = hire(model)
    ended = worker.run(worker.user.create({"objective": "Greet me.", "requirements": ["It is polite."]}).id)
    assert ended.outcome is not None
    assert ended.outcome.value == "welcome"


def test_words_of_a_constraint_that_name_no_tool_forbid_none(hire: Hire) -> None:
    worker = hire(RoutedModel({PLAN: code("answer = double_it(4)")}))
    wish = {"objective": "Double 4.", "constraints": ["use only integers"]}
    assert worker.run(worker.user.create(wish).id).state is State.SUCCEEDED


def test_a_request_may_take_as_many_steps_as_it_says(hire: Hire) -> None:
    worker = hire(RoutedModel({PLAN: code("answer = double_it(double_it(1))")}), plans=1)
    wish = {"objective": "Double 1 twice.", "requirements": ["answer == 4"]}
    assert (
        worker.run(worker.user.create({**wish, "constraints": ["at most 2 steps"]}).id).state
        is State.SUCCEEDED
    )
    failed = worker.run(worker.user.create({**wish, "constraints": ["at most 1 step"]}).id)
    assert failed.state is State.FAILED
    assert failed.outcome is not None
    assert "steps" in failed.outcome.summary


def test_a_requirement_that_nobody_could_judge_is_not_met(hire: Hire) -> None:
    worker = hire(RoutedModel({PLAN: code("answer = 'hello'"), JUDGE: "who knows"}))
    ended = worker.run(worker.user.create({"objective": "Greet me.", "requirements": ["It is polite."]}).id)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert "not verified: It is polite." in ended.outcome.summary
    assert ended.outcome.value == "hello"
