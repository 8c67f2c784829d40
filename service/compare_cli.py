"""`funsearch compare`: whether a strategy is better than another, or was lucky."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.errors import UsageError
from service.live import wide_console
from service.options_cli import (
    Address,
    Backend,
    Evaluations,
    Evaluators,
    Inputs,
    Minutes,
    Samplers,
    TaskName,
    backend_of,
    json_list,
    names_in,
)
from service.progress_bar import counted
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from funsearch.config import Budget

DEFAULT_EVALUATIONS = 1_000
STRATEGIES = "evolution,hill-climb,best-of-n"


def compare(  # noqa: PLR0913 - a command has as many options as users need
    task: TaskName,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each strategy; 5 or more say something.")] = 5,
    strategies: Annotated[str, typer.Option(help="Comma-separated.")] = STRATEGIES,
    evaluations: Evaluations = None,
    minutes: Minutes = None,
    samplers: Samplers = None,
    directory: Annotated[
        Path | None, typer.Option(help="Where the runs are stored; by default runs/compare-TASK.")
    ] = None,
    sandbox: Backend = "auto",
    evaluators: Evaluators = None,
    inputs: Inputs = None,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Compare strategies under one budget: every one with every seed. The same command again goes on.

    Example: funsearch compare bin_packing_or --seeds 5 --evaluations 400
    """
    from funsearch import comparison
    from funsearch.places import DEFAULT_PARENT
    from funsearch.run_directory import plain_name
    from funsearch.task_loading import load_task
    from service import compare_view
    from service.comparison_plot import write_plot

    settings: dict[str, Any] = {"sandbox": backend_of(sandbox)}
    if samplers is not None:
        settings["samplers"] = names_in(samplers)
    if evaluators is not None:
        settings["evaluators"] = evaluators
    if inputs is not None:
        settings["inputs"] = tuple(json_list(inputs))
    config = comparison.shared_config(task, _one_budget(evaluations, minutes), settings)
    names: Any = names_in(strategies)  # a name that is no strategy is told by the contest
    place = directory or DEFAULT_PARENT / f"compare-{plain_name(task)}"
    contest = comparison.Contest(config, names, seeds, place, {"address": address})
    show = load_task(config.task, config.inputs, config.screen).show
    console = wide_console()

    with counted("comparing", seeds * len(contest.strategies), quiet=as_json) as step:

        def tell(result: comparison.Result) -> None:
            if not as_json:
                compare_view.print_result(console, show, result)
            step(result.strategy)

        compared = comparison.compare(contest, tell)
    plot = write_plot(compared)
    if as_json:
        print_json(compare_view.as_dict(compared, plot))
    else:
        compare_view.print_comparison(console, compared, plot)


def _one_budget(evaluations: int | None, minutes: float | None) -> Budget:
    """Returns the budget of every run."""
    from funsearch.config import Budget

    if evaluations is not None and minutes is not None:
        raise UsageError("compare: expected --evaluations or --minutes, found both")
    if minutes is None and evaluations is None:
        evaluations = DEFAULT_EVALUATIONS
    return Budget(evaluations=evaluations, minutes=minutes)
