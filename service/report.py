"""The report of a run: what was found, beside what, by whom, and where it is."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from funsearch.conclusion import Run
from funsearch.diversity import inactive_devices
from funsearch.progress import SamplerCount
from service.live import clock, facts_table, percent, samplers_table
from service.report_page import REPORT_NAME


def print_report(run: Run, console: Console) -> None:
    """Prints the report; `report_page` writes the one with plots."""
    for part in _parts(run):
        console.print(part)


def as_dict(run: Run) -> dict[str, Any]:
    """Returns the report as plain values, for --json."""
    progress = run.progress
    return {
        "directory": str(run.directory),
        "task": run.config.task,
        "seed": run.config.seed,
        "stop_reason": run.stop_reason,
        "evaluations": progress.evaluations,
        "seconds": round(progress.elapsed_seconds, 2),
        "best": {
            "source": run.best.source,
            "score": run.best.score,
            "held_out": run.best.held_out,
            "sampler": run.best.sampler,
            "integrity": run.best.integrity,
        },
        "initial_score": run.initial_score,
        "baselines": [vars(baseline) for baseline in run.task.baselines],
        "samplers": {name: vars(count) for name, count in progress.samplers.items()},
        "best_per_island": list(progress.best_per_island),
        "resets": progress.resets,
        "active": dict(run.facts),
        "inactive": list(inactive_devices(run.config, progress)),
        "promoted": vars(run.promoted) if run.promoted else None,
    }


def _parts(run: Run) -> list[Any]:
    progress = run.progress
    speed = progress.evaluations / max(progress.elapsed_seconds, 1e-9)
    return [
        Text(f"\nEnded after {clock(progress.elapsed_seconds)}: {run.stop_reason}.", style="bold"),
        Text(f"{progress.evaluations} evaluations, {speed:.0f}/s.\n"),
        Syntax(run.best.function.rstrip(), "python", word_wrap=True, background_color="default"),
        _scores_table(run),
        Text("\nWho found what"),
        samplers_table(progress.samplers),
        Text(verdict_on_models(progress.samplers), style="dim"),
        *(Text(f"\n{said}", style="bold red") for said in inactive_devices(run.config, progress)),
        Text("\nWhat was active"),
        facts_table(dict(run.facts)),
        Text("\nWhere it is"),
        _places(run),
        _next_steps(run),
    ]


def _scores_table(run: Run) -> Table:
    task = run.task
    table = Table(
        "", "training", task.held_out_data or "held out", title=f"\n{task.figure}", title_justify="left"
    )

    def show(score: float | None) -> str:
        return "-" if score is None else task.show(score)

    for baseline in task.baselines:
        table.add_row(baseline.name, show(baseline.training), show(baseline.held_out))
    if not task.baselines:
        table.add_row("initial program", show(run.initial_score), "-")
    style = "bold green"
    table.add_row("this run", show(run.best.score), show(run.best.held_out), style=style)
    return table


def verdict_on_models(samplers: dict[str, SamplerCount]) -> str:
    """Returns in words what the language models of the run were good for."""
    lines = []
    for name, count in samplers.items():
        if name == "mutation":
            continue
        lines.append(
            f"{name}: {count.proposed} proposals, {percent(count.valid, count.proposed)} new and valid, "
            f"{count.improving} improved an island, {count.records} were records of the run."
        )
        if count.proposed and not count.improving:
            lines.append(f"The {name} model did nothing useful in this run.")
        elif count.proposed and not count.records:
            lines.append(f"The {name} model moved single islands but found none of the run's records.")
    return "\n".join(lines) or "No language model took part."


def _places(run: Run) -> Table:
    places = {
        "run": str(run.directory),
        "best program": str(run.directory / "best.py"),
        "report": str(run.directory / REPORT_NAME),
    }
    if run.promoted is not None:
        if run.promoted.version is not None:
            places["tool bank"] = (
                f"{run.promoted.bank}: {run.promoted.name}, version {run.promoted.version[:12]}"
            )
        else:
            places["tool bank"] = f"not added: {run.promoted.refused}"
    return facts_table(places)


def _next_steps(run: Run) -> Text:
    if not run.is_finished:
        return Text(
            f"\nInterrupted; nothing is lost. Go on with:\n  {called_as()} resume {run.directory}",
            style="bold",
        )
    card, promoted = run.task.tool, run.promoted
    is_in_bank = promoted is not None and promoted.version is not None
    if card is None or not card.example_queries or not is_in_bank:
        inputs = f" --inputs '{json.dumps(list(run.config.inputs))}'" if run.config.inputs else ""
        return Text(f"\nNext: {called_as()} score {run.config.task} {run.directory / 'best.py'}{inputs}")
    return Text(f'\nNext: {called_as()} tools search "{card.example_queries[0]}"', style="bold")


def called_as() -> str:
    """Returns what to type for this command line here: `funsearch` only where the shell finds this one."""
    program = Path(sys.argv[0])
    if program.name != "funsearch":
        return "python -m service"
    found = shutil.which("funsearch")
    if found is not None and Path(found).resolve() == program.resolve():
        return "funsearch"
    here = Path.cwd()
    absolute = program.absolute()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
