"""`funsearch score`: one program, on all that its task has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.errors import ExitStatus, UsageError
from service.options_cli import Backend, Inputs, backend_of, json_list
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from evaluators import Evaluation
    from funsearch.task import Task


def score(
    task: Annotated[str, typer.Argument(help="A task of the project, a specification file or a folder.")],
    program: Annotated[Path, typer.Argument(help="A Python file with the function or blocks to evolve.")],
    sandbox: Backend = "auto",
    inputs: Inputs = None,
    as_json: AsJson = False,
) -> None:
    """Score one program on training and held-out data.

    Example: funsearch score bin_packing_or runs/bin_packing_or-seed0/best.py
    """
    from funsearch.scorecard import score_program
    from funsearch.task_loading import load_task, open_sandbox_for

    loaded = load_task(task, tuple(json_list(inputs)) if inputs else ())
    source = _read_program(program)
    with open_sandbox_for(loaded, backend_of(sandbox)) as box:
        card = score_program(loaded, source, box)
    named = {"training": card.training, loaded.held_out_data: card.held_out}
    scored = {name: evaluation for name, evaluation in named.items() if evaluation is not None}
    if as_json:
        print_json({name: value and vars(value) for name, value in vars(card).items()})
    for name, evaluation in () if as_json else scored.items():
        typer.echo(f"{name}: {_score_in_words(loaded, evaluation)}")
    if not all(evaluation.is_valid for evaluation in scored.values()):
        raise typer.Exit(ExitStatus.FAILED)


def _score_in_words(task: Task, evaluation: Evaluation) -> str:
    if evaluation.score is None:
        return f"invalid: {evaluation.feedback}"
    return f"{task.show(evaluation.score)}  ({task.figure}; {evaluation.integrity})"


def _read_program(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected a readable Python file: {error}") from error
