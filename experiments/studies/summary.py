"""What runs come to: comparisons and tasks in, records out; nothing is run here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.studies.circumstances import Sitting
from experiments.studies.plan import Cell
from experiments.studies.record import (
    CellRecord,
    Figure,
    KnownFigure,
    Level,
    LevelRow,
    Measured,
    RunRecord,
    StandingRecord,
    TaskRecord,
)
from funsearch.comparison import (
    COVERAGE,
    METHOD,
    Comparison,
    Contest,
    Interval,
    Result,
    Standing,
    best_so_far,
    interval,
)
from funsearch.conclusion import FACTS
from funsearch.journal import Journal
from funsearch.task import Baseline, Task

KEPT_FACTS = ("sandbox", "cascade")  # beside the samplers; the others are stated elsewhere, or name places


def task_record(reference: str, task: Task) -> TaskRecord:
    """Returns what is known of a task before anything was run."""
    return TaskRecord(
        task=reference,
        figure=task.figure,
        better="smaller" if task.figure_of(1.0) < 0 else "larger",
        training_data=task.training_data,
        held_out_data=task.held_out_data,
        known=tuple(_known(task, each) for each in task.baselines),
        cells=(),
        level=Level(0, ()),
    )


def cell_record(cell: Cell, comparison: Comparison, sittings: tuple[Sitting, ...]) -> CellRecord:
    """Returns what is kept of a cell whose runs are all finished."""
    task, contest = comparison.task, comparison.contest
    return CellRecord(
        name=cell.name,
        samplers=cell.samplers,
        model=cell.model,
        evaluations=cell.evaluations,
        seeds=cell.seeds,
        command=cell.command,
        active=_active(contest.place(contest.strategies[0], 0)),
        sittings=sittings,
        method=f"{METHOD}. {COVERAGE}",
        standings=tuple(_standing(task, each, comparison.results) for each in comparison.standings),
        runs=tuple(_run(task, contest, result) for result in comparison.results),
    )


def levelled(record: TaskRecord, task: Task) -> TaskRecord:
    """Returns the record with its cells compared at the smallest of their budgets."""
    budgets = {cell.evaluations for cell in record.cells}
    rows = []
    for cell in record.cells if len(budgets) > 1 else ():
        for standing in cell.standings:
            own = [run.after(min(budgets)) for run in cell.runs if run.strategy == standing.strategy]
            scores = [task.figure_of(figure) for figure in own]  # its own inverse: the identity, or minus
            rows.append(LevelRow(cell.name, standing.strategy, _measured(task, interval(scores), len(own))))
    return replace(record, level=Level(min(budgets, default=0), tuple(rows)))


def _known(task: Task, baseline: Baseline) -> KnownFigure:
    training, held_out = (_figure(task, score) for score in (baseline.training, baseline.held_out))
    return KnownFigure(baseline.name, training, held_out)


def _figure(task: Task, score: float | None) -> Figure | None:
    return None if score is None else Figure(task.figure_of(score), task.show(score))


def _measured(task: Task, found: Interval, seeds: int) -> Measured:
    """Returns an interval of scores as one of figures, the smaller end first."""
    ends = sorted((found.low, found.high), key=task.figure_of)
    low, high = map(task.figure_of, ends)
    words = task.show(found.mean)
    if seeds > 1:  # one run says nothing of any other
        words = f"{words} [{task.show(ends[0])}, {task.show(ends[1])}]"
    return Measured(task.figure_of(found.mean), low, high, words)


def _standing(task: Task, standing: Standing, results: Sequence[Result]) -> StandingRecord:
    own = [result for result in results if result.strategy == standing.strategy]
    best = max(own, key=lambda result: result.training)
    seeds = len(own)
    return StandingRecord(
        strategy=standing.strategy,
        training=_measured(task, standing.training, seeds),
        best_training=Figure(task.figure_of(best.training), task.show(best.training)),
        held_out=None if standing.held_out is None else _measured(task, standing.held_out, seeds),
        best_held_out=_figure(task, best.held_out),
        wins=standing.wins,
        held_out_wins=standing.held_out_wins,
        seconds=round(sum(result.seconds for result in own) / seeds, 1),
    )


def _run(task: Task, contest: Contest, result: Result) -> RunRecord:
    counts = np.arange(result.evaluations + 1)
    bests = best_so_far(contest.place(result.strategy, result.seed), result.initial, counts)
    rises = np.flatnonzero(np.diff(bests) > 0) + 1
    return RunRecord(
        strategy=result.strategy,
        seed=result.seed,
        initial=task.figure_of(result.initial),
        training=task.figure_of(result.training),
        held_out=None if result.held_out is None else task.figure_of(result.held_out),
        evaluations=result.evaluations,
        seconds=result.seconds,
        ended=result.stop_reason,
        improvements=tuple((int(count), task.figure_of(float(bests[count]))) for count in rises),
    )


def _active(place: Path) -> Mapping[str, str]:
    """Returns what was on in a run: its samplers with their models, its sandbox, its cascade."""
    with closing(Journal(place)) as journal:
        facts: dict[str, str] = json.loads(journal.meta(FACTS) or "{}")
    return {name: said for name, said in facts.items() if name in KEPT_FACTS or name.startswith("sampler ")}
