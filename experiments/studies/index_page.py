"""The index of a study: what was asked, what came out, and what was not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from experiments.studies.plan import EVALUATIONS, SAMPLERS, SEEDS, STRATEGIES, evaluations_of, in_words
from experiments.studies.record import CellRecord, Figure, KnownFigure, StandingRecord, TaskRecord
from experiments.studies.task_page import table

BOUND = "bound"  # a known figure that nothing can pass, and that nobody need have reached
Records = Mapping[str, TaskRecord]

ASKED = f"""# Results of the study

## What was asked

How far each task comes within one budget of evaluations, and by what: {", ".join(STRATEGIES)} with
every sampler, {SEEDS} seeds of each, all from the same initial program. Best-of-n always shows the initial
program, hill climbing the best so far, evolution draws from islands. `make experiments` makes all of it, or
goes on with it. Pages and plots are generated; beside each page lies its JSON file with every run.

## What came out
"""
CAUTION = """These budgets are small: some hundred evaluations or fewer. The best known figures come from
searches of another size and stand beside them as a measure, not as rivals on equal terms. An interval over 5
seeds holds the true mean in 84 % of cases, not in 95 %; where two overlap, nothing is decided. What is drawn
before anything is registered is the same for all strategies of a sampler.
"""


def index_page(records: Records) -> str:
    """Returns the index of the records, by the name of their files."""
    return "\n".join(_lines(records)) + "\n"


def _lines(records: Records) -> Iterator[str]:
    yield ASKED
    head = ("task", "figure", "start", "best in the mean", "by", "best run", "best known")
    rows = [_row(name, record) for name, record in records.items() if record.cells]
    yield table(head, rows) + "\n"
    yield (
        "In training, or held out where the task has such data (the mean and the run are those of the best "
        "training figure). Each task's own page has all strategies, samplers and intervals.\n"
    )
    yield from _strategies(records)
    yield CAUTION
    yield "## What was not run\n"
    yield from _missing(records)


def _row(name: str, record: TaskRecord) -> list[str]:
    pairs = [(cell, standing) for cell in record.cells for standing in cell.standings]
    cell, standing = min(pairs, key=lambda pair: _rank(record, pair[1].training.mean))
    best = min(pairs, key=lambda pair: _rank(record, pair[1].best_training.value))[1]
    is_held_out = standing.held_out is not None
    return [
        f"[{record.task}]({name}.md)",
        record.figure + (f", {record.held_out_data}" if is_held_out else ""),
        _start(record, is_held_out),
        (standing.held_out or standing.training).words,
        _by(record, cell, standing),
        (best.best_held_out or best.best_training).words,
        _best_known(record, is_held_out),
    ]


def _by(record: TaskRecord, cell: CellRecord, best: StandingRecord) -> str:
    """Returns who has the best mean; all of them where it is shared, nobody where it is the start's."""
    if best.training.mean == cell.runs[0].initial:
        return "none: nothing better than the start was found"
    means = [(one, each) for one in record.cells for each in one.standings]
    shared = [
        f"{each.strategy}, {in_words(one.samplers)}, {one.evaluations:,}"
        for one, each in means
        if each.training.mean == best.training.mean
    ]
    return "; ".join(shared)


def _rank(record: TaskRecord, figure: float) -> float:
    """Returns a number that is smaller for a better figure."""
    return figure if record.better == "smaller" else -figure


def _start(record: TaskRecord, is_held_out: bool) -> str:
    """Returns the known figure that the runs start from, where one is known by its training figure."""
    initial = record.cells[0].runs[0].initial
    for known in record.known:
        if known.training is not None and abs(known.training.value - initial) < 1e-9:
            figure = known.held_out if is_held_out else known.training
            return f"{figure.words}, {known.name}" if figure else known.name
    return "-" if is_held_out else f"{initial:.6g}"


def _best_known(record: TaskRecord, is_held_out: bool) -> str:
    found: list[tuple[Figure, KnownFigure]] = []
    for known in record.known:
        figure = known.held_out if is_held_out else known.training
        if figure is not None and known.name != BOUND:
            found.append((figure, known))
    if not found:
        return "-"
    figure, known = min(found, key=lambda pair: _rank(record, pair[0].value))
    return f"{figure.words}, {known.name}"


def _strategies(records: Records) -> Iterator[str]:
    """Yields who was best how often, by samplers: a count of means, and of seeds won alone."""
    cells = [(record, cell) for record in records.values() for cell in record.cells]
    rows = []
    for choice in dict.fromkeys(in_words(cell.samplers) for _, cell in cells):
        own = [(record, cell) for record, cell in cells if in_words(cell.samplers) == choice]
        for strategy in STRATEGIES:
            rows.append([strategy, choice, *_counts(own, strategy)])
    if rows:
        head = ("strategy", "samplers", "alone best in the mean", "shares the best mean", "seeds won alone")
        yield table(head, rows) + "\n"
        yield "Means and seeds of training figures; all share the best mean where nobody left the start.\n"


def _counts(cells: Sequence[tuple[TaskRecord, CellRecord]], strategy: str) -> list[str]:
    alone = shared = wins = seeds = 0
    for record, cell in cells:
        means = {each.strategy: _rank(record, each.training.mean) for each in cell.standings}
        if strategy not in means:
            continue
        is_best = means[strategy] == min(means.values())
        is_shared = list(means.values()).count(means[strategy]) > 1
        alone += is_best and not is_shared
        shared += is_best and is_shared
        wins += _standing(cell, strategy).wins
        seeds += cell.seeds
    return [f"{alone} of {len(cells)} tasks", f"{shared} of {len(cells)}", f"{wins} of {seeds}"]


def _standing(cell: CellRecord, strategy: str) -> StandingRecord:
    return next(each for each in cell.standings if each.strategy == strategy)


def _missing(records: Records) -> Iterator[str]:
    """Yields what `make experiments` would have run, and these results do not hold."""
    by_task = {record.task: record for record in records.values()}
    none = True
    for choice in SAMPLERS:
        absent = [task for task in EVALUATIONS if not _cells(by_task.get(task), choice)]
        if absent:
            none = False
            yield f"- {in_words(choice)}: not run on {', '.join(absent)}."
    for record in by_task.values():
        for cell in record.cells:
            for lack in _lacks(record, cell):
                none = False
                yield f"- {record.task}, {cell.name}: {lack}."
    if none:
        yield "Nothing is missing from what `make experiments` runs."


def _cells(record: TaskRecord | None, choice: Sequence[str]) -> list[CellRecord]:
    cells = () if record is None else record.cells
    return [cell for cell in cells if tuple(cell.samplers) == tuple(choice)]


def _lacks(record: TaskRecord, cell: CellRecord) -> Iterator[str]:
    absent = [name for name in STRATEGIES if name not in {each.strategy for each in cell.standings}]
    if absent:
        yield f"without {', '.join(absent)}"
    if cell.seeds < SEEDS:
        yield f"{cell.seeds} of {SEEDS} seeds"
    if cell.evaluations < evaluations_of(record.task):
        standing = f"where the standing budget is {evaluations_of(record.task):,}"
        yield f"{cell.evaluations:,} evaluations a run, {standing}"
