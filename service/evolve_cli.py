"""`funsearch evolve`, `resume` and `rescore`: runs, under a live view."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import funsearch
from funsearch.places import DEFAULT_BANK
from service.live import wide_console
from service.options_cli import (
    Address,
    Backend,
    Evaluations,
    Evaluators,
    Inputs,
    Minutes,
    Money,
    RunDirectory,
    Samplers,
    Stagnation,
    TargetScore,
    TaskName,
    Tokens,
    backend_of,
    budget_of,
    json_list,
    names_in,
    prices_of,
    screen_of,
)
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from funsearch.conclusion import Run
    from funsearch.progress import Observer


def evolve(  # noqa: PLR0913 - a command has as many options as users need
    task: TaskName,
    minutes: Minutes = None,
    evaluations: Evaluations = None,
    tokens: Tokens = None,
    money: Money = None,
    target_score: TargetScore = None,
    stagnation: Stagnation = None,
    strategy: Annotated[
        str, typer.Option(help="evolution, or a baseline: hill-climb, best-of-n.")
    ] = "evolution",
    price: Annotated[
        str | None, typer.Option(help="Price per million tokens, read and written: '0.15,0.60'.")
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(help="Most prompts sent to an endpoint in any minute.")
    ] = None,
    tokens_per_minute: Annotated[
        int | None, typer.Option(help="Most tokens read and written by an endpoint in any minute.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The one seed of every random choice.")] = 0,
    directory: Annotated[Path | None, typer.Option(help="Where to store the run; new under runs/.")] = None,
    samplers: Samplers = None,
    sandbox: Backend = "auto",
    evaluators: Evaluators = None,
    inputs: Inputs = None,
    screen: Annotated[
        str | None,
        typer.Option(
            help="Cascade: 'K:S' scores on the first K inputs, on all only where that gives S or more."
        ),
    ] = None,
    elite_share: Annotated[
        float, typer.Option(help="Share of prompts (0 to 1) that show elites of different niches.")
    ] = 0.0,
    novelty: Annotated[
        float | None, typer.Option(help="Reject proposals this similar to known ones (0.95, say) unscored.")
    ] = None,
    bank: Bank = DEFAULT_BANK,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Evolve the function of a task.

    Example: funsearch evolve bin_packing_or --evaluations 500 --samplers mutation
    """
    from funsearch.config import ArchiveConfig

    settings: dict[str, Any] = {
        "sandbox": backend_of(sandbox),
        "bank": bank,
        "address": address,
        "strategy": strategy,
        "novelty": novelty,
        "archive": ArchiveConfig(elite_share=elite_share),
    }
    if requests_per_minute is not None:
        settings["requests_per_minute"] = requests_per_minute
    if tokens_per_minute is not None:
        settings["tokens_per_minute"] = tokens_per_minute
    if price is not None:
        settings["prices"] = prices_of(price)
    if samplers is not None:
        settings["samplers"] = names_in(samplers)
    if evaluators is not None:
        settings["evaluators"] = evaluators
    if inputs is not None:
        settings["inputs"] = tuple(json_list(inputs))
    if screen is not None:
        settings["screen"] = screen_of(screen)
    limits = {"minutes": minutes, "evaluations": evaluations, "tokens": tokens, "money": money}
    budget = budget_of(**limits, target_score=target_score, stagnation=stagnation)
    _show_run(
        as_json,
        lambda observer: funsearch.evolve(
            task, budget=budget, seed=seed, directory=directory, observer=observer, **settings
        ),
    )


def resume(  # noqa: PLR0913 - as `evolve`
    directory: RunDirectory,
    minutes: Minutes = None,
    evaluations: Evaluations = None,
    tokens: Tokens = None,
    money: Money = None,
    target_score: TargetScore = None,
    stagnation: Stagnation = None,
    bank: Bank = DEFAULT_BANK,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Continue a run where it was; a new budget replaces the old one.

    Example: funsearch resume runs/bin_packing_or-seed0 --minutes 10
    """
    limits = {"minutes": minutes, "evaluations": evaluations, "tokens": tokens, "money": money}
    stops = {"target_score": target_score, "stagnation": stagnation}
    is_asked = any(value is not None for value in (limits | stops).values())
    budget = budget_of(**limits, **stops) if is_asked else None
    _show_run(
        as_json,
        lambda observer: funsearch.resume(
            directory, budget=budget, observer=observer, bank=bank, address=address
        ),
    )


def rescore(
    directory: RunDirectory,
    into: Annotated[Path | None, typer.Option(help="Where to store the new run; beside the old one.")] = None,
    bank: Bank = DEFAULT_BANK,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Score a run's programs anew after its evaluator has changed, into a new run.

    Example: funsearch rescore runs/bin_packing_or-seed0
    """
    place = into or directory.parent / f"{Path(os.path.abspath(directory)).name}-rescored"
    _show_run(
        as_json,
        lambda observer: funsearch.rescore(directory, place, observer=observer, bank=bank, address=address),
    )


def _show_run(as_json: bool, go: Callable[[Observer], Run]) -> None:
    """Runs `go` under a live view, prints its report and stores the one with plots."""
    from funsearch.progress import SilentObserver
    from service import report
    from service.live import LiveView
    from service.report_page import write_report

    console = wide_console()
    view = nullcontext(SilentObserver()) if as_json else LiveView(console)
    with view as observer:
        run = go(observer)
    write_report(run.directory)
    if as_json:
        print_json(report.as_dict(run))
    else:
        report.print_report(run, console)
