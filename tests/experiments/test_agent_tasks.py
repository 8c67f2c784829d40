"""The requests for the agent: their expected values are what the written tools give."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.chain_of_code.interpreter import Interpreter
from agent.checking.stated_form import form_problem, is_form
from agent.tool_face import ToolFace
from agent.toolbox import ToolAnswer
from agent.trials import Trial, read_trials
from experiments.agent_tasks import REQUESTS, open_bank, solutions, written_tools
from experiments.tools.specifications import names
from sandbox import Sandbox, open_sandbox
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder

TRIALS = read_trials(REQUESTS)
SOLUTIONS = solutions()


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
    assert len(TRIALS) == len(SOLUTIONS) == 20
    assert len(bank.names()) >= 25
    assert sum(len(solution.tools) > 1 for solution in SOLUTIONS.values()) >= 5
    assert sum(bool(trial.document) for trial in TRIALS) >= 4


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_a_written_plan_over_the_tools_gives_the_expected_value(
    trial: Trial, bank: ToolBank, plans: Sandbox
) -> None:
    called, solution = [], SOLUTIONS[trial.name]

    def call(name: str, arguments: Mapping[str, object]) -> ToolAnswer:
        called.append(name)
        return ToolAnswer(bank.call(name, arguments))

    shown = {name: bank.describe(name) for name in solution.tools}
    faces = {n: ToolFace(n, told.signature, told.description, told.parameters) for n, told in shown.items()}
    execution = Interpreter(plans, call, tools=faces).run(solution.plan)
    assert execution.error == ""
    assert trial.is_right(execution.value), execution.value
    assert set(called) == set(solution.tools)
    assert not trial.is_right(None)
    for requirement in trial.requirements:
        assert is_form(requirement)
        assert form_problem(requirement, trial.expected) == ""


def test_no_tool_is_found_by_the_request_itself() -> None:
    asked = {trial.objective for trial in TRIALS}
    for tool in written_tools():
        assert asked.isdisjoint(tool.example_queries)
        assert tool.example_queries


def test_every_tool_has_a_schema_and_its_specifications_signature(bank: ToolBank) -> None:
    for name in names():
        assert bank.describe(name).signature.startswith("(")
    assert bank.describe("add_workdays").signature == "(date: str, days: int) -> str"
