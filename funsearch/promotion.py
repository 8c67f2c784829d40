"""Takes the winner of a run into the tool bank, unless what is there is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluators import Integrity
from funsearch.task import Task
from funsearch.typed_head import with_types
from programs import Function, Program
from sandbox import Sandbox
from tool_bank import Tool, ToolBank, ToolNotFound


@dataclass(frozen=True)
class Winner:
    """The best program of a run.

    Attributes:
        source: The whole program.
        function: Text of the evolved function.
        score: On the training data; selection used it.
        sampler: Who proposed it; None for the program that the run started from.
        sandbox: Backend that ran it.
        provenance: Run, sampler, seed and cost.
        held_out: On data that selection never saw; None where the task has none or the run is unfinished.
        integrity: Who computed the scores.
    """

    source: str
    function: str
    score: float
    sampler: str | None
    sandbox: str
    provenance: dict[str, Any]
    held_out: float | None = None
    integrity: Integrity = "verified"


@dataclass(frozen=True)
class Promotion:
    """What became of the winner: `version` of the tool `name`, or `refused` with the reason."""

    name: str
    bank: str
    version: str | None = None
    refused: str | None = None


def score_held_out(task: Task, winner: Winner, box: Sandbox) -> Winner:
    """Returns the winner with its score on the held-out data and the integrity of its scores."""
    if task.held_out is None:
        integrity = task.training(box).evaluate(winner.source).integrity
        return replace(winner, integrity=integrity)
    evaluation = task.held_out(box).evaluate(winner.source)
    return replace(winner, held_out=evaluation.score, integrity=evaluation.integrity)


def promote(task: Task, winner: Winner, initial_score: float, directory: Path) -> Promotion | None:
    """Adds the winner to the bank in `directory`; None where the task makes no tools.

    It must beat the program that the run started from, and the tool of its name by training score and in its
    tests: the held-out score is reported, never selected by.
    """
    card = task.tool
    if card is None:
        return None
    proposal = Promotion(card.name, str(directory))
    if winner.score <= initial_score:
        return replace(proposal, refused="no better than the program that it started from")
    with ToolBank.open(directory) as bank:
        return _entered(task, proposal, winner, bank)


def _entered(task: Task, proposal: Promotion, winner: Winner, bank: ToolBank) -> Promotion:
    best = _champion_score(bank, proposal.name)
    if best is not None and best >= winner.score:
        shown = f"{task.show(best)} on the training data, this one {task.show(winner.score)}"
        return replace(proposal, refused=f"the bank's version has {shown}")
    entry = bank.admit(_as_tool(task, winner), score="training")
    if entry.outcome == "refused":
        return replace(proposal, refused=entry.why)
    return replace(proposal, version=entry.version)


def _champion_score(bank: ToolBank, name: str) -> float | None:
    """Returns the training score of the tool in service under that name."""
    try:
        champion = bank.get(name)
    except ToolNotFound:
        return None
    return champion.scores.get("training") if champion.status == "active" else None


def _as_tool(task: Task, winner: Winner) -> Tool:
    if task.tool is None:
        raise ValueError(f"task {task.name!r}: expected a tool card, found none")
    function = Function.from_text(winner.function)
    scores = {"training": winner.score}
    if winner.held_out is not None:
        scores["held_out"] = winner.held_out
    return Tool(
        name=task.tool.name,
        description=task.tool.description,
        source=_with_types(task, winner.source, function),
        function=function.name,
        example_queries=task.tool.example_queries,
        scores=scores,
        integrity=winner.integrity,
        sandbox=winner.sandbox,
        provenance=winner.provenance,
        packages=task.packages,
    )


def _with_types(task: Task, source: str, function: Function) -> str:
    """Returns the program with the types that the task's own function has: the bank takes no tool without."""
    try:
        promised = task.specification.program.function(function.name).node
    except ValueError:
        promised = function.node
    typed = with_types(function, promised.args, promised.returns)
    return source if typed == function else Program(source).text_with_function(typed)
