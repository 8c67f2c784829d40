"""Everyday tools with known answers: evolves the function from its head and docstring alone.

For measuring samplers, not for making tools (`funsearch create` has no reference): training has the examples
of the specification and half of the reference's inputs, the other half is held out. `--set tool=NAME` names
one of `experiments/tools`.
"""

from __future__ import annotations

from dataclasses import replace

from evaluators.cases import Case, TestSuite
from evaluators.input_generation import family_of
from evaluators.tool_evaluator import ToolEvaluator
from experiments.tools.specifications import reference_answers, specification
from funsearch.creator import example_cases
from funsearch.exceptions import TaskError
from funsearch.task import Task
from funsearch.tool_task import program_of, stub, task_of_suite
from programs import Program, ToolSpecificationError

DEFAULT_TOOL = "int_to_roman"


def build(tool: str = DEFAULT_TOOL) -> Task:
    """Returns the task of one tool.

    Raises:
        TaskError: There is no such tool.
    """
    try:
        wanted = specification(tool)
    except ToolSpecificationError as error:
        raise TaskError(f"everyday_tool: {error}") from error
    examples = example_cases(wanted)
    cases = _cases(tool, {repr(example.arguments) for example in examples})
    training = TestSuite((*examples, *cases[::2]))
    held_out = TestSuite(tuple(cases[1::2]))
    return replace(
        task_of_suite(wanted, training, Program(program_of(wanted, stub(wanted)))),
        name="everyday_tool",
        training_data=f"{len(training.cases)} test cases of {tool}",
        held_out=lambda box: ToolEvaluator(box, wanted, held_out),
        held_out_data=f"{len(held_out.cases)} others",
    )


def _cases(tool: str, known: set[str]) -> list[Case]:
    """Returns what the reference answers, on inputs that are not known."""
    return [
        Case(given, answer, "reference", family_of(given))
        for given, answer in reference_answers(tool)
        if repr(given) not in known
    ]
