"""`funsearch evaluate-agent`: how many requests of a set the agent fulfils, with the bank and without."""

from __future__ import annotations

import dataclasses
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from funsearch.places import DEFAULT_BANK
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.progress_bar import counted
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.evaluation import Result, Summary
    from agent.trials import Trial

DEFAULT_TOKENS = 12_000
DEFAULT_MINUTES = 10.0


def evaluate_agent(
    file: Annotated[Path, typer.Argument(help="TOML file of requests with their right answers.")],
    tokens: Annotated[int, typer.Option(min=1, help="Of one request, the same both ways.")] = DEFAULT_TOKENS,
    minutes: Annotated[float, typer.Option(min=0.01, help="Of one request.")] = DEFAULT_MINUTES,
    sandbox: Backend = "auto",
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Measure the agent on requests with known answers, with the tool bank and without it.

    Each request is worked on twice, from an empty record and at one budget, and no tool is made; the answer
    must be exactly the expected one.

    Example: funsearch evaluate-agent experiments/agent_requests.toml --tokens 8000
    """
    from agent.evaluation import summaries
    from agent.trials import read_trials

    console = wide_console()
    trials, results = read_trials(file), []
    with counted("working on requests", 2 * len(trials), quiet=as_json) as step:
        for result in _results(trials, tokens, minutes, sandbox, bank):
            results.append(result)
            if not as_json:
                console.print(_line(result), highlight=False, markup=False)
            step(result.trial)
    if as_json:
        told = [dataclasses.asdict(result) for result in results]
        print_json({"results": told, "summaries": [dataclasses.asdict(one) for one in summaries(results)]})
    else:
        console.print(_table(summaries(results)))


def _results(
    trials: Sequence[Trial], tokens: int, minutes: float, sandbox: str, bank: Path
) -> Iterator[Result]:
    """Yields the results as they come; opens all that is wanted meanwhile."""
    from agent.budget import Budget
    from agent.evaluation import both_ways, evaluate
    from agent.means import Allowance
    from agent.worker import open_worker

    allowance = Allowance(Budget(tokens=tokens, seconds=60 * minutes))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        opened = open_worker(folder, bank=bank, sandbox=backend_of(sandbox), allowance=allowance)
        worker = stack.enter_context(opened)
        yield from evaluate(trials, both_ways(worker.means))


def _line(result: Result) -> str:
    mark = "right" if result.is_right else "wrong"
    used = ", ".join(result.tools) or "no tool"
    return (
        f"{result.trial:20} {result.way:14} {mark}  {result.tokens} tokens, {result.seconds:.0f} s, "
        f"{used}: {' '.join(result.why.split())[:80]}"
    )


def _table(found: list[Summary]) -> Table:
    table = Table("way", "right", "claimed", "tokens", "seconds", "with a tool", box=None, header_style="dim")
    for one in found:
        table.add_row(
            one.way, f"{one.right} of {one.trials}", str(one.claimed), f"{one.tokens:.0f}",
            f"{one.seconds:.0f}", f"{one.reused:.0%}",
        )  # fmt: skip
    return table
