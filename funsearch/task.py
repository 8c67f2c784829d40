"""A task: a specification, how it is scored, and the figures that a result stands beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evaluators import Evaluation, Evaluator
from evaluators.cascade import CascadeEvaluator, Stage
from programs import BlockSpecification, Specification
from sandbox import Sandbox

DEFAULT_PACKAGES = ("numpy",)


@dataclass(frozen=True)
class Baseline:
    """A known figure.

    Attributes:
        name: Whose figure it is.
        training: Score on the training data, None where unknown.
        held_out: Score on the held-out data, None where unknown.
    """

    name: str
    training: float | None
    held_out: float | None


@dataclass(frozen=True)
class ToolCard:
    """How the winner is called in the tool bank.

    Attributes:
        name: The tool's name.
        description: What it does, for those who search.
        example_queries: Requests that it should be found by.
    """

    name: str
    description: str
    example_queries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Screening:
    """Cheap tests that a program must pass before the training data is paid for.

    Attributes:
        evaluator: Makes the evaluator that runs them.
        at_least: The score that lets a program go on.
        data: What they are, in words.
    """

    evaluator: Callable[[Sandbox], Evaluator]
    at_least: float
    data: str


@dataclass(frozen=True)
class Task:
    """What a run evolves.

    Attributes:
        name: The task's name.
        specification: The program around the function or the blocks to evolve.
        training: Makes the evaluator that selection uses.
        training_data: What it scores on, in words.
        held_out: Makes the evaluator of data that selection never sees; None where there is none.
        held_out_data: What that is, in words.
        baselines: Figures to stand beside.
        tool: How the winner enters the tool bank; None for tasks whose programs are no tools.
        show: Words for a score, such as "3.11 %".
        figure: What `show` shows, such as "excess bins over the lower bound".
        figure_of: The published figure for a score: itself, or minus it where the field minimises.
        construction: Scores what programs would build, given as JSON; None where programs alone are judged.
        packages: Installed distributions that its programs may import, besides the standard library.
        screening: The first stage of the cascade; None where every program is scored on all training data.
        own_cascade: The cascade that the evaluator itself runs, in words; empty where it runs none.
        identity: Changes when what scores does, for tasks whose scores differ from time to time; None for
            those that score the same program alike, which that tells by itself.
    """

    name: str
    specification: Specification | BlockSpecification
    training: Callable[[Sandbox], Evaluator]
    training_data: str
    held_out: Callable[[Sandbox], Evaluator] | None = None
    held_out_data: str = ""
    baselines: tuple[Baseline, ...] = ()
    tool: ToolCard | None = None
    show: Callable[[float], str] = "{:.6g}".format
    figure: str = "score"
    figure_of: Callable[[float], float] = float
    construction: Callable[[Any], Evaluation] | None = None
    packages: tuple[str, ...] = DEFAULT_PACKAGES
    screening: Screening | None = None
    own_cascade: str = ""
    identity: str | None = None

    def selection(self, box: Sandbox) -> Evaluator:
        """Returns the evaluator that selection uses: screening, where there is one, then training data."""
        full = self.training(box)
        if self.screening is None:
            return full
        cheap = self.screening
        return CascadeEvaluator([Stage(cheap.evaluator(box), cheap.at_least, cheap.data)], full)
