"""A comparison of strategies as tables and as plain values."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from funsearch.comparison import COVERAGE, METHOD, Comparison, Interval, Result


def print_result(console: Console, show: Callable[[float], str], result: Result) -> None:
    """Prints how one run ended, in one line."""
    held_out = "-" if result.held_out is None else show(result.held_out)
    console.print(
        f"{result.strategy} seed {result.seed}: training {show(result.training)}, held out {held_out}, "
        f"{result.evaluations} evaluations in {result.seconds:.0f} s ({result.stop_reason})"
    )


def print_comparison(console: Console, comparison: Comparison, plot: Path) -> None:
    """Prints the standings, what to mind about them and where everything is."""
    console.print(_standings_table(comparison))
    console.print(Text(f"{METHOD}. {COVERAGE}. Wins: seeds on which it alone was best.", style="dim"))
    if comparison.caution:
        console.print(Text(comparison.caution, style="bold red"))
    console.print(f"\nPlot: {plot}")
    console.print(f"Runs: {shlex.quote(str(comparison.contest.directory))}; no winner went to the tool bank.")


def _standings_table(comparison: Comparison) -> Table:
    task, seeds = comparison.task, comparison.contest.seeds
    table = Table(
        "strategy",
        "training",
        "wins",
        task.held_out_data or "held out",
        "wins there",
        "evaluations",
        title=f"\n{task.figure}, mean over seeds 0 to {seeds - 1} [95 % interval, worse end first]",
        title_justify="left",
    )
    for standing in comparison.standings:
        table.add_row(
            standing.strategy,
            _in_words(task.show, standing.training, seeds),
            str(standing.wins),
            _in_words(task.show, standing.held_out, seeds),
            str(standing.held_out_wins) if standing.held_out else "-",
            f"{standing.evaluations:,.0f}",
        )
    return table


def _in_words(show: Callable[[float], str], interval: Interval | None, seeds: int) -> Text:
    if interval is None:
        return Text("-")
    if seeds == 1:
        return Text(show(interval.mean))  # one run says nothing of any other
    return Text(f"{show(interval.mean)} [{show(interval.low)} to {show(interval.high)}]")


def as_dict(comparison: Comparison, plot: Path) -> dict[str, Any]:
    """Returns the comparison as plain values, for --json."""
    contest = comparison.contest
    return {
        "task": contest.config.task,
        "seeds": contest.seeds,
        "samplers": list(contest.config.samplers),
        "budget": vars(contest.config.budget),
        "method": f"{METHOD}. {COVERAGE}",
        "caution": comparison.caution,
        "standings": [
            {
                **vars(standing),
                "training": vars(standing.training),
                "held_out": standing.held_out and vars(standing.held_out),
            }
            for standing in comparison.standings
        ],
        "results": [vars(result) for result in comparison.results],
        "curves": {
            strategy: {name: values.tolist() for name, values in vars(curve).items()}
            for strategy, curve in comparison.curves.items()
        },
        "plot": str(plot),
        "directory": str(contest.directory),
    }
