"""Scores one program on a task's training and held-out data, without a run."""

from __future__ import annotations

from dataclasses import dataclass

from evaluators import Evaluation
from funsearch.task import Task
from programs import without_marks
from sandbox import Sandbox


@dataclass(frozen=True)
class Scorecard:
    """What a program scores.

    Attributes:
        training: On the data that selection uses.
        held_out: On the data that it does not; None where the task has none.
    """

    training: Evaluation
    held_out: Evaluation | None


def score_program(task: Task, source: str, box: Sandbox) -> Scorecard:
    """Returns the scores of the whole program text `source`, or of a specification without its marks.

    Raises:
        ProgramSyntaxError: `source` is not Python, or lacks the function to evolve.
    """
    source = without_marks(source)
    task.specification.check_program(source)
    held_out = None if task.held_out is None else task.held_out(box).evaluate(source)
    return Scorecard(task.training(box).evaluate(source), held_out)
