"""Scores one program, or one construction, without a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evaluators import Evaluation
from funsearch.exceptions import TaskError
from funsearch.task import Task
from programs import BlockSpecification, without_marks
from programs.program_completion import completed
from sandbox import Sandbox


@dataclass(frozen=True)
class Scorecard:
    """What a program or a construction scores.

    Attributes:
        training: On the data that selection uses.
        held_out: On the data that it does not; None where the task has none.
    """

    training: Evaluation
    held_out: Evaluation | None

    @property
    def is_valid(self) -> bool:
        """Whether it earned a score wherever it was asked for one."""
        return self.training.is_valid and (self.held_out is None or self.held_out.is_valid)

    @property
    def last(self) -> Evaluation:
        """The evaluation that is reported: on held-out data, where the task has some."""
        return self.held_out or self.training


def score_program(task: Task, source: str, box: Sandbox) -> Scorecard:
    """Returns the scores of a program: a whole one, one with marks, or the function to evolve alone.

    Raises:
        ProgramSyntaxError: `source` is not Python, or lacks the function to evolve.
    """
    source = without_marks(source)
    if isinstance(task.specification, BlockSpecification):
        task.specification.check_program(source)
    else:
        source = completed(task.specification, source)
    held_out = None if task.held_out is None else task.held_out(box).evaluate(source)
    return Scorecard(task.training(box).evaluate(source), held_out)


def score_construction(task: Task, construction: Any) -> Scorecard:  # noqa: ANN401 - JSON
    """Returns the score of what a program of the task would build, given as JSON.

    Raises:
        TaskError: The task judges programs alone.
    """
    if task.construction is None:
        raise TaskError(
            f"task {task.name!r}: expected a Python file, found a construction, which it does not judge"
        )
    return Scorecard(task.construction(construction), None)
