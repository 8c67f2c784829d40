"""`funsearch score`: one program or construction, on all that its task has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.errors import ExitStatus, UsageError
from service.options_cli import Backend, Inputs, TaskName, backend_of, json_list
from service.progress_bar import awaited
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from evaluators import Evaluation
    from funsearch.scorecard import Scorecard
    from funsearch.task import Task

Parameters = Annotated[
    list[str] | None, typer.Option("--set", help="Parameter of the task, such as n=8; repeat.")
]
Data = Annotated[
    str | None, typer.Option(help="Instances, by their name at the task (or3, test100) or a file of them.")
]


def score(  # noqa: PLR0913 - a command has as many options as users need
    task: TaskName,
    program: Annotated[
        Path, typer.Argument(help="A Python file with the function to evolve, or a construction as .json.")
    ],
    parameters: Parameters = None,
    data: Data = None,
    sandbox: Backend = "auto",
    inputs: Inputs = None,
    as_json: AsJson = False,
) -> None:
    """Score one program on training and held-out data, or one construction.

    Exit status 1 says that it is invalid; the reason is printed.

    Example: funsearch score cap_set best.py --set n=8
    """
    from funsearch.construction_file import SUFFIX
    from funsearch.task_loading import load_task
    from funsearch.task_reference import with_parameters

    reference = with_parameters(task, _parameters(parameters, data))
    loaded = load_task(reference, tuple(json_list(inputs)) if inputs else ())
    is_construction = program.suffix == SUFFIX and loaded.construction is not None
    with awaited("scoring", quiet=as_json):
        card = _of_construction(loaded, program) if is_construction else _of_program(loaded, program, sandbox)
    named = {loaded.training_data: card.training, loaded.held_out_data: card.held_out}
    if as_json:
        print_json(_as_dict(loaded, card))
    for name, evaluation in () if as_json else named.items():
        if evaluation is not None:
            typer.echo(f"{name}: {_score_in_words(loaded, evaluation)}")
    if not card.is_valid:
        raise typer.Exit(ExitStatus.FAILED)


def _of_program(task: Task, path: Path, sandbox: str) -> Scorecard:
    from evaluators import Evaluation
    from funsearch.scorecard import Scorecard, score_program
    from funsearch.task_loading import open_sandbox_for
    from programs import ProgramSyntaxError

    source = _read_program(path)
    with open_sandbox_for(task, backend_of(sandbox)) as box:
        try:
            return score_program(task, source, box)
        except ProgramSyntaxError as error:
            return Scorecard(Evaluation.invalid(f"{path}: {error}"), None)


def _of_construction(task: Task, path: Path) -> Scorecard:
    from evaluators import Evaluation
    from funsearch.construction_file import NoConstruction, read_construction
    from funsearch.scorecard import Scorecard, score_construction

    try:
        return score_construction(task, read_construction(path))
    except NoConstruction as error:
        return Scorecard(Evaluation.invalid(str(error)), None)


def _as_dict(task: Task, card: Scorecard) -> dict[str, Any]:
    """Returns the published figure first, then all that was scored; a score is higher for the better."""
    last = card.last
    figure = None if not card.is_valid or last.score is None else task.figure_of(last.score)
    is_smaller_better = task.figure_of(1.0) < 0
    return {
        "valid": card.is_valid,
        "score": figure,
        "reason": next((each.feedback for each in (card.training, last) if not each.is_valid), None),
        "task": task.name,
        "data": task.held_out_data if card.held_out is not None else task.training_data,
        "figure": task.figure,
        "better": "smaller" if is_smaller_better else "larger",
        **{name: value and vars(value) for name, value in vars(card).items()},
    }


def _parameters(pairs: list[str] | None, data: str | None) -> dict[str, str]:
    given = {} if data is None else {"data": data}
    for pair in pairs or ():
        for each in pair.split(","):
            name, is_pair, value = each.partition("=")
            if not is_pair or not name.strip():
                raise UsageError(f"--set: expected NAME=VALUE such as n=8, found {pair!r}")
            given[name.strip()] = value.strip()
    return given


def _score_in_words(task: Task, evaluation: Evaluation) -> str:
    if evaluation.score is None:
        return f"invalid: {evaluation.feedback}"
    return f"{task.show(evaluation.score)}  ({task.figure}; {evaluation.integrity})"


def _read_program(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected a readable Python file: {error}") from error
