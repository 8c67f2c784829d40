"""The requests for the agent: their expected values are what the written tools give."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.interpreter import Interpreter
from agent.stated_form import form_problem, is_form
from agent.toolbox import ToolAnswer, ToolFace
from experiments.agent_tasks import AgentTask, open_bank, tasks, written_tools
from experiments.tools.specifications import names
from sandbox import Sandbox, open_sandbox
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolBank]:
    folder: Path = tmp_path_factory.mktemp("bank")
    with (
        open_sandbox("auto", packages=()) as box,
        open_bank(folder, sandbox=box, encoder=ScriptedEncoder()) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def plans() -> Iterator[Sandbox]:
    with open_sandbox("auto", packages=()) as opened:
        yield opened


def test_there_are_twenty_requests_over_a_bank_of_25_tools_or_more(bank: ToolBank) -> None:
    assert len(tasks()) == len({task.id for task in tasks()}) == 20
    assert len(bank.names()) >= 25
    assert sum(len(task.tools) > 1 for task in tasks()) >= 5
    assert sum(bool(task.document) for task in tasks()) >= 4


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.id)
def test_a_written_plan_over_the_tools_gives_the_expected_value(
    task: AgentTask, bank: ToolBank, plans: Sandbox
) -> None:
    called = []

    def call(name: str, arguments: Mapping[str, object]) -> ToolAnswer:
        called.append(name)
        return ToolAnswer(bank.call(name, arguments))

    shown = {name: bank.describe(name) for name in task.tools}
    faces = {n: ToolFace(n, told.signature, told.description, told.parameters) for n, told in shown.items()}
    execution = Interpreter(plans, call, tools=faces).run(task.solution)
    assert execution.error == ""
    assert task.is_right(execution.value), execution.value
    assert set(called) == set(task.tools)
    assert not task.is_right(None)
    for requirement in task.requirements:
        assert is_form(requirement)
        assert form_problem(requirement, task.expected) == ""


def test_no_tool_is_found_by_the_request_itself() -> None:
    asked = {task.objective for task in tasks()}
    for tool in written_tools():
        assert asked.isdisjoint(tool.example_queries)
        assert tool.example_queries


def test_every_tool_has_a_schema_and_its_specifications_signature(bank: ToolBank) -> None:
    for name in names():
        assert bank.describe(name).signature.startswith("(")
    assert bank.describe("add_workdays").signature == "(date: str, days: int) -> str"


@pytest.mark.parametrize(
    ("expected", "tolerance", "right", "wrong"),
    [
        (8.39, 0.001, 8.3901, 8.4),
        (12, 0, 12.0, "12"),
        (True, 0, True, 1),
        ("4h 57m", 0, " 4h 57m\n", "4h57m"),
        ([1, [2.5]], 0, [1, [2.5]], [1, 2.5]),
        ({"a": 1}, 0, {"a": 1}, {"a": 1, "b": 2}),
    ],
)
def test_answers_are_checked_exactly(
    expected: object, tolerance: float, right: object, wrong: object
) -> None:
    task = AgentTask("x", "x", expected, (), "", tolerance=tolerance)
    assert task.is_right(right)
    assert not task.is_right(wrong)
