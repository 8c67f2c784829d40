"""The command line: each command is a call and its printing."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

import funsearch
from funsearch.places import DEFAULT_BANK
from service import bank_cli, runs_cli
from service.chat_cli import chat, memory
from service.compare_cli import compare
from service.create_cli import create
from service.errors import UsageError, plain_errors
from service.evaluate_cli import evaluate_agent
from service.live import wide_console
from service.models_cli import models
from service.options_cli import (
    Address,
    Backend,
    Evaluations,
    Evaluators,
    Inputs,
    Minutes,
    Money,
    Samplers,
    Stagnation,
    TargetScore,
    Tokens,
    backend_of,
    budget_of,
    json_list,
    names_in,
    prices_of,
    screen_of,
)
from service.request_cli import request, requests
from service.serve_cli import serve
from service.tools_cli import AsJson, Bank, print_json, tools
from service.traces_cli import traces

if TYPE_CHECKING:
    from evaluators import Evaluation
    from funsearch.conclusion import Run
    from funsearch.progress import Observer
    from funsearch.task import Task

app = typer.Typer(
    help="Grows Python tools.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
app.add_typer(tools, name="tools", help="Searches and serves the tool bank.")
app.add_typer(models, name="models", help="Fetches, lists and serves language models.")
app.add_typer(requests, name="requests", help="Shows, answers and continues requests.")
app.add_typer(memory, name="memory", help="Shows and changes what is remembered of users.")
app.add_typer(traces, name="traces", help="Shows and exports exchanges with language models.")
tools.command("export")(bank_cli.export_bank)
tools.command("import")(bank_cli.import_bank)
app.command()(runs_cli.runs)
app.command()(runs_cli.elites)
app.command()(compare)
app.command()(create)
app.command()(request)
app.command()(chat)
app.command()(evaluate_agent)
app.command()(serve)


@app.command()
def evolve(  # noqa: PLR0913 - a command has as many options as users need
    task: Annotated[str, typer.Argument(help="A task of the project, a specification file or a folder.")],
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
    """Evolve the function of a task."""
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


@app.command()
def resume(  # noqa: PLR0913 - as `evolve`
    directory: Annotated[Path, typer.Argument(help="Directory of the run.")],
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
    """Continue a run where it was; a new budget replaces the old one."""
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


@app.command()
def rescore(
    directory: Annotated[Path, typer.Argument(help="Directory of the run.")],
    into: Annotated[Path | None, typer.Option(help="Where to store the new run; beside the old one.")] = None,
    bank: Bank = DEFAULT_BANK,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Score a run's programs anew after its evaluator has changed, into a new run."""
    place = into or directory.with_name(f"{directory.resolve().name}-rescored")
    _show_run(
        as_json,
        lambda observer: funsearch.rescore(directory, place, observer=observer, bank=bank, address=address),
    )


@app.command()
def score(
    task: Annotated[str, typer.Argument(help="A task of the project, a specification file or a folder.")],
    program: Annotated[Path, typer.Argument(help="A Python file with the function or blocks to evolve.")],
    sandbox: Backend = "auto",
    inputs: Inputs = None,
    as_json: AsJson = False,
) -> None:
    """Score one program on training and held-out data."""
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
        raise typer.Exit(1)


def _score_in_words(task: Task, evaluation: Evaluation) -> str:
    if evaluation.score is None:
        return f"invalid: {evaluation.feedback}"
    return f"{task.show(evaluation.score)}  ({task.figure}; {evaluation.integrity})"


@app.command()
def doctor(sandbox: Backend = "auto", as_json: AsJson = False) -> None:
    """Check that the sandbox holds here, and that the models are there."""
    from service.doctor import examine

    findings = examine(backend_of(sandbox))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        table = Table(box=None, header_style="dim")
        for finding in findings:
            table.add_row("ok" if finding.ok else "[red]FAILS[/red]", finding.name, finding.detail)
        wide_console().print(table)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _show_run(as_json: bool, go: Callable[[Observer], Run]) -> None:
    """Runs `go` under a live view and prints its report."""
    from funsearch.progress import SilentObserver
    from service import report
    from service.live import LiveView

    console = wide_console()
    view = nullcontext(SilentObserver()) if as_json else LiveView(console)
    with view as observer:
        run = go(observer)
    if as_json:
        print_json(report.as_dict(run))
    else:
        report.print_report(run, console)


def _read_program(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected a readable Python file: {error}") from error


def main() -> None:
    """Runs the command line; expected failures end with one message and a non-zero exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no umlaut still gets the rest
    with plain_errors():
        app()
