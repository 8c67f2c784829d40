"""Every task by every strategy and sampler: `python -m experiments.study` (or `make experiments`).

Each choice of samplers runs every strategy with every seed under one budget of evaluations. The same command
again goes on where it was ended, and makes no finished run anew; runs are kept in runs/study/. Tables, plots
and one JSON file for each task are written to experiments/results/ as soon as a task's choice of samplers is
whole; what was there of others stays.

How long it takes: by mutation alone 40 minutes on 2 cores that others use as well (`--samplers mutation
--in-process`). The embedded model of 135 million parameters took 1 to 3 seconds for a candidate there, so
that all of it, 60,000 candidates with the model at work, takes more than half a day: name tasks, or give it
fewer `--evaluations`.

The language model is the environment's: $FUNSEARCH_MODEL_FILE names a GGUF file for the sampler `embedded`;
OPENAI_BASE_URL, OPENAI_API_KEY and FUNSEARCH_MODEL an endpoint for `openai`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from experiments.studies.cell_runs import CellRunner
from experiments.studies.circumstances import ROOT
from experiments.studies.in_process import in_process
from experiments.studies.index_page import index_page
from experiments.studies.plan import (
    EVALUATIONS,
    SAMPLERS,
    SEEDS,
    STRATEGIES,
    Cell,
    evaluations_of,
    in_words,
    model_of,
    samplers_in,
)
from experiments.studies.record import TaskRecord, read_record, read_records, write_record
from experiments.studies.summary import levelled, task_record
from experiments.studies.task_page import task_page
from funsearch.comparison import Comparison, Contest, Result
from funsearch.exceptions import FunsearchError, SamplerError
from funsearch.run_directory import plain_name, write_file
from funsearch.task_loading import load_task
from sandbox import BackendName, SandboxError
from service.comparison_plot import drawn

RESULTS = ROOT / "experiments" / "results"
RUNS = Path("runs/study")
INDEX_NAME = "README.md"


@dataclass(frozen=True)
class Study:
    """Runs cells and writes what came of them.

    Attributes:
        runner: Makes the runs.
        results: Where tables, plots and records are written.
    """

    runner: CellRunner
    results: Path

    def run(self, cells: Sequence[Cell]) -> list[Cell]:
        """Runs cells one after the other; returns those that could not be run here, which are told."""
        left_out = []
        for cell in cells:
            try:
                self._run(cell)
            except SamplerError as error:
                left_out.append(cell)
                print(
                    f"{cell.task}, {in_words(cell.samplers)}: not run: {error}", file=sys.stderr, flush=True
                )
        return left_out

    def _run(self, cell: Cell) -> None:
        comparison, found = self.runner.run(cell)
        record = self._record(cell.task, comparison)
        record = levelled(record.with_cell(found), comparison.task)
        name = plain_name(cell.task)
        write_file(self.results, f"{name}-{cell.name}.svg", drawn(comparison).encode())
        write_record(self.results, name, record)
        self.write_pages()

    def _record(self, reference: str, comparison: Comparison) -> TaskRecord:
        """Returns what is known of a task: its data and known figures as of now, its cells as stored."""
        new = task_record(reference, comparison.task)
        path = self.results / f"{plain_name(reference)}.json"
        for cell in read_record(path).cells if path.exists() else ():
            new = new.with_cell(cell)
        return new

    def write_pages(self) -> None:
        """Writes the pages of the tasks and the index from the records; nothing is run."""
        records = {plain_name(record.task): record for record in read_records(self.results)}
        for name, record in records.items():
            write_file(self.results, f"{name}.md", task_page(record, name).encode())
        write_file(self.results, INDEX_NAME, index_page(records).encode())


def main(words: Sequence[str] | None = None) -> int:
    """Runs the study; returns the status to exit with: 1 where something was not run, 2 for a mistake."""
    chosen = _options().parse_args(words)
    around = {"make_workers": in_process} if chosen.in_process else {}
    study = Study(CellRunner(chosen.runs, {"sandbox": chosen.sandbox}, _tell, around), chosen.results)
    try:
        for task in chosen.tasks:
            load_task(task)  # a task that is none is told before hours are spent on others
        left_out = study.run([] if chosen.pages_only else _cells(chosen))
        study.write_pages()
    except (FunsearchError, SandboxError) as error:
        print(f"experiments.study: {error}", file=sys.stderr)
        return 2
    print(f"results: {chosen.results / INDEX_NAME}")
    return 1 if left_out else 0


def _cells(chosen: argparse.Namespace) -> list[Cell]:
    """Returns the cells asked for, one choice of samplers after the other: the first are there early."""
    return [
        Cell(
            task=task,
            samplers=names,
            model=model_of(names),
            strategies=tuple(chosen.strategies),
            seeds=chosen.seeds,
            evaluations=chosen.evaluations or evaluations_of(task),
            options=_asked(chosen),
        )
        for names in map(samplers_in, chosen.samplers)
        for task in chosen.tasks
    ]


def _asked(chosen: argparse.Namespace) -> tuple[str, ...]:
    """Returns the options that decide no score, as they were given."""
    sandbox = () if chosen.sandbox == "auto" else ("--sandbox", chosen.sandbox)
    return (*sandbox, *(("--in-process",) if chosen.in_process else ()))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--tasks", nargs="+", default=list(EVALUATIONS), help="such as cap_set or 'cap_set?n=5'"
    )
    options.add_argument(
        "--samplers",
        nargs="+",
        default=[in_words(names) for names in SAMPLERS],
        help="choices of samplers; 'mutation+embedded' is one of two that propose side by side",
    )
    options.add_argument("--strategies", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    options.add_argument("--seeds", type=_positive, default=SEEDS, help="runs of each strategy")
    options.add_argument(
        "--evaluations", type=_positive, help="of each run; by default each task's own number"
    )
    options.add_argument("--sandbox", choices=get_args(BackendName), default="auto")
    options.add_argument(
        "--in-process",
        action="store_true",
        help="no workers by Ray: one evaluation at a time, and no time spent on starting them for every run",
    )
    options.add_argument("--pages-only", action="store_true", help="run nothing; write the pages anew")
    options.add_argument("--runs", type=Path, default=RUNS, help="where runs are kept, to go on with them")
    options.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    return options


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, found {value}")
    return value


def _tell(result: Result, contest: Contest) -> None:
    name = in_words(contest.config.samplers)
    show = load_task(contest.config.task).show
    held_out = "" if result.held_out is None else f", held out {show(result.held_out)}"
    cost = f"{result.evaluations} evaluations in {result.seconds:.0f} s"
    print(
        f"{contest.config.task}, {name}, {result.strategy}, seed {result.seed}: "
        f"training {show(result.training)}{held_out}; {cost}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
