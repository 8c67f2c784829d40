"""Orders of tools: what is refused, what is done once, what ends them; and one that is really grown."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.action import Action
from agent.budget import Budget, Meter
from agent.durable_backend import DurableBackend
from agent.errors import BudgetExhausted, Canceled
from agent.operations import Operations
from agent.request import ToolOrder, Wish
from agent.tool_creator import CreationLimits, ToolCreator, maker
from agent.tool_loop.agent_tools import BUILT_IN
from agent.tool_loop.loop_executor import LoopExecutor
from agent.tool_loop.loop_task import LoopTask
from agent.toolbox import Toolbox
from evaluators.cases import TestSuite
from funsearch.creation import Creation
from funsearch.creator import Plan, Spending
from funsearch.exceptions import CreationError, SamplerError, WorkersLost
from language_models import Chat, ChatRequest, Message, ModelUnavailable
from language_models.scripted import ScriptedBackend
from programs import ToolSpecification
from sandbox import Sandbox
from tests.agent.obedient_model import calling
from tool_bank import Tool, ToolBank, ToolTest
from tool_bank.database import Database
from tool_bank.scripted import ScriptedEncoder

ORDER = ToolOrder("double_it", "Doubles a number.", ("f(2) == 4", "f(5) == 10", "f(-3) == -6", "f(0) == 0"))


@pytest.fixture
def bank(tmp_path: Path, box: Sandbox) -> Iterator[ToolBank]:
    with ToolBank.open(tmp_path / "bank", sandbox=box, encoder=ScriptedEncoder()) as opened:
        yield opened


def made(specification: ToolSpecification, outcome: str = "active", why: str = "") -> Creation:
    return Creation(specification, outcome, "", TestSuite(()), None, None, why, Spending(0.0))  # type: ignore[arg-type]


class Maker:
    """Makes nothing, and counts."""

    def __init__(self, act: Callable[[ToolSpecification, Plan], Creation] = lambda s, p: made(s)) -> None:
        self.wanted: list[ToolSpecification] = []
        self._act = act

    def __call__(self, specification: ToolSpecification, plan: Plan) -> Creation:
        self.wanted.append(specification)
        return self._act(specification, plan)


def operations(database: Database, check: Callable[[], None] = lambda: None, **budget: float) -> Operations:
    return Operations(database, "r1", Meter(Budget(**budget)), check)  # type: ignore[arg-type]


def test_an_order_is_a_specification_with_the_requests_that_it_serves(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    make = Maker()
    created = ToolCreator(make, operations(database), bank).order(ORDER, ["Double 4"]).result()
    assert (created.name, created.outcome, created.error) == ("double_it", "active", "")
    assert make.wanted == [
        ToolSpecification(ORDER.name, ORDER.description, None, ORDER.examples, requests=("Double 4",))
    ]


def test_a_tool_is_made_once_in_all_lives_of_a_request(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    make = Maker()
    for _ in range(2):
        creator = ToolCreator(make, operations(database), bank)
        assert creator.order(ORDER).result() == creator.order(ORDER).result()
    assert len(make.wanted) == 1


def test_what_a_tool_has_cost_counts_in_every_life(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        backend.chat(ChatRequest((Message("user", "Write it."),)))
        return dataclasses.replace(made(specification), spent=Spending(0.0, tokens=meters[0].tokens))

    meters = []
    for _ in range(2):
        done = operations(database)
        meters.append(done.meter)
        backend = DurableBackend(ScriptedBackend(["def double_it(n): return 2 * n"]), done)
        ToolCreator(make, done, bank).order(ORDER).result()
    assert meters[0].tokens > 0
    assert meters[1].tokens == meters[0].tokens


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (ToolOrder("send_mail", "Sends a mail."), "belongs to something else"),
        (ToolOrder("answer", "Gives the answer."), "belongs to something else"),
        (ToolOrder("not a name", "Does it."), "expected a Python identifier"),
        (ToolOrder("double_it", "Doubles"), "in two words"),
        (ToolOrder("double_it", "Doubles it.", ("2 -> 4",)), "expected the form"),
        (ToolOrder("double_it", "Doubles it.", ("f(2) == 4", "f(2) == 5")), "contradict each other"),
        (ToolOrder("double_it", "Doubles it.", ("f(2) == 4",), "number to number"), "signature"),
    ],
)
def test_an_order_that_cannot_be_met_is_a_value_that_says_why(
    database: Database, request_id: str, bank: ToolBank, order: ToolOrder, told: str
) -> None:
    make = Maker()
    creator = ToolCreator(make, operations(database), bank, reserved={"send_mail", *BUILT_IN})
    created = creator.order(order).result()
    assert created.outcome == "refused"
    assert told in created.error
    assert make.wanted == []


@pytest.mark.parametrize(
    ("outcome", "is_served"),
    [("active", True), ("provisional", True), ("known", True), ("alias", True), ("candidate", False)],
)
def test_what_is_not_served_is_an_error(
    database: Database, request_id: str, bank: ToolBank, outcome: str, is_served: bool
) -> None:
    creator = ToolCreator(lambda s, p: made(s, outcome, "because"), operations(database), bank)
    created = creator.order(ORDER).result()
    assert (created.error == "") == is_served
    assert is_served or "because" in created.error


def test_an_alias_is_called_by_the_name_of_the_tool_that_answers(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    def double(name: str) -> Tool:
        source = f"def {name}(number: int) -> int:\n    return 2 * number\n"
        return Tool(name=name, description="Doubles a number.", source=source, function=name, packages=())

    tests = [ToolTest({"number": number}, 2 * number, "example") for number in (0, 2, 5, -3)]
    bank.admit(double("twice"), tests)

    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        assert bank.admit(double(specification.name), tests).outcome == "alias"
        return made(specification, "alias")

    assert ToolCreator(make, operations(database), bank).order(ORDER).result().name == "twice"


def test_a_refused_name_is_kept_and_a_passing_fault_is_not(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    for error, tries in (
        (CreationError("taken by a tool that behaves otherwise"), 1),
        (SamplerError("x"), 2),
    ):

        def fail(specification: ToolSpecification, plan: Plan, error: Exception = error) -> Creation:
            raise error

        make, order = Maker(fail), ToolOrder(f"double_{tries}", "Doubles a number.")
        for _ in range(2):
            created = ToolCreator(make, operations(database), bank).order(order).result()
            assert str(error) in created.error
        assert len(make.wanted) == tries


@pytest.mark.parametrize("error", [Canceled(), BudgetExhausted("tokens"), WorkersLost("gone")])
def test_the_end_of_the_request_and_failing_machinery_pass(
    database: Database, request_id: str, bank: ToolBank, error: Exception
) -> None:
    def fail(specification: ToolSpecification, plan: Plan) -> Creation:
        raise error

    with pytest.raises(type(error)):
        ToolCreator(fail, operations(database), bank).order(ORDER).result()


def test_a_request_orders_so_many_tools(database: Database, request_id: str, bank: ToolBank) -> None:
    creator = ToolCreator(Maker(), operations(database), bank, CreationLimits(tools=2))
    orders = [ToolOrder(f"double_{n}", "Doubles a number.") for n in range(3)]
    created = [creator.order(order).result() for order in orders]
    assert [one.outcome for one in created] == ["active", "active", "refused"]
    assert "at most 2 orders" in created[2].error
    assert creator.order(orders[0]).result() == created[0]


def test_cancelling_the_request_ends_what_is_being_made(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    begun, is_canceled = threading.Event(), threading.Event()

    def check() -> None:
        if is_canceled.is_set():
            raise Canceled

    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        begun.set()
        assert is_canceled.wait(20)
        plan.check()
        return made(specification)

    creating = ToolCreator(make, operations(database, check), bank).order(ORDER)
    assert begun.wait(20)
    is_canceled.set()
    with pytest.raises(Canceled):
        creating.result()


def test_ending_the_creator_ends_what_is_being_made(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        begun.set()
        try:
            while not ended.wait(0.01):
                plan.check()
        finally:
            ended.set()
        return made(specification)

    creator = ToolCreator(make, operations(database), bank)
    creator.order(ORDER)
    assert begun.wait(20)
    creator.end()
    assert ended.is_set()


def test_the_time_of_a_creation_is_counted_once(database: Database, request_id: str, bank: ToolBank) -> None:
    work = operations(database)

    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        work.once("model", {"a": 1}, lambda: threading.Event().wait(0.2))
        return made(specification)

    ToolCreator(make, work, bank).order(ORDER).result()
    assert 0.2 <= work.meter.seconds < 0.4


def test_a_model_that_cannot_be_reached_makes_no_tool(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    make = maker(ScriptedBackend(lambda _: ModelUnavailable("gone")), bank)
    order = ToolOrder(ORDER.name, ORDER.description, ORDER.examples, "(number: int) -> int")
    assert "gone" in ToolCreator(make, operations(database), bank).order(order).result().error


@pytest.mark.slow
def test_a_missing_tool_is_grown_by_evolution_and_called(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    script = iter(
        [
            calling([("create_tool", {"name": "double_it", "description": ORDER.description, "examples": list(ORDER.examples)})]),
            calling([("double_it", {"number": 21})]),
            calling([("answer", {"value": 42})]),
        ]
    )  # fmt: skip
    work = operations(database)
    limits = CreationLimits(minutes=2.0, samplers=("mutation",))
    creator = ToolCreator(maker(ScriptedBackend(["lorem ipsum"]), bank), work, bank, limits)

    class Silent:
        def ask(self, text: str, kind: str = "information") -> str:
            raise AssertionError(text)

    toolbox = Toolbox(
        work, Silent(), "Double 21", bank, [Action("noop", "Does nothing.", {"type": "object"}, dict)]
    )
    executor = LoopExecutor(Chat(ScriptedBackend(lambda _: next(script))), toolbox, None, creator)
    execution = executor.execute(LoopTask(Wish("Double 21")))
    assert execution.value == 42
    assert execution.created == ("double_it",)
    assert [(entry.name, entry.value) for entry in execution.trace[1:]] == [("double_it", 42), ("answer", 42)]
    assert bank.get("double_it").status in ("active", "provisional")
