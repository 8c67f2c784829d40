"""The page of `make bench-peers`: one table, one engine a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from experiments.peer_trials import QUARTERS, Standing, Terms
from experiments.studies.circumstances import Sitting

MIB = 2**20
Row = tuple[str, Callable[[Standing], str]]


def _score_at(quarter: int) -> Callable[[Standing], str]:
    return lambda of: f"{of.pace.curve[quarter]:.4f}"


@dataclass(frozen=True)
class Kept:
    """What is kept of a comparison."""

    command: str
    terms: Terms
    circumstances: Sitting
    engines: Sequence[Standing]


_ROWS: tuple[Row, ...] = (
    ("version", lambda of: of.version),
    ("sandbox around candidates", lambda of: of.sandbox),
    ("programs scored", lambda of: str(of.pace.scored)),
    ("proposals the model wrote for them", lambda of: str(of.pace.proposals)),
    ("short run, start and end included, s", lambda of: f"{of.pace.start_seconds:.1f}"),
    ("candidates/s, from the first to the last", lambda of: f"{of.pace.per_second:.1f}"),
    ("CPU ms per candidate, without the start", lambda of: f"{of.pace.cpu_ms:.1f}"),
    ("CPU ms per candidate, start included", lambda of: f"{of.pace.cpu_ms_all:.1f}"),
    ("peak memory, MiB", lambda of: f"{of.pace.peak_memory / MIB:.0f}"),
    ("disk, MiB", lambda of: f"{of.pace.disk / MIB:.2f}"),
    *((f"best score at {part:.0%} of the evaluations", _score_at(at)) for at, part in enumerate(QUARTERS)),
    ("kill -9: scored before it", lambda of: str(of.killed.scored_before)),
    ("kill -9: lost", lambda of: str(of.killed.scored_before - of.killed.kept)),
    ("kill -9: resumes", lambda of: _yes(of.killed.resumed)),
    ("kill -9: scored in both lives", lambda of: str(of.killed.scored_in_all)),
    ("kill -9: proposals in both lives", lambda of: str(of.killed.proposals)),
    ("kill -9: processes alive 10 s later", lambda of: str(len(of.killed.left_behind))),
    ("endless loop: the run ends", lambda of: _yes(of.endless.finished)),
    ("endless loop: scored", lambda of: str(of.endless.scored)),
    ("endless loop: held up, s", lambda of: f"{of.endless.held_up:.1f}"),
    ("endless loop: CPU more, s", lambda of: f"{of.endless.cpu:.1f}"),
    ("endless loop: processes alive 5 s later", lambda of: str(len(of.endless.left_behind))),
)


def table(standings: Sequence[Standing]) -> str:
    """Returns the table in Markdown, its columns aligned."""
    head = ["", *(standing.name for standing in standings)]
    body = [[name, *(cell(standing) for standing in standings)] for name, cell in _ROWS]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(cells, widths) for cells in [head, rule, *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join([first, *others])} |"


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


_PAGE = """# Our engine beside others

{table}

- The task is a folder in OpenEvolve's layout: six weights of a polynomial that is to follow a curve; the
  score is minus the distance, -0.3320 for the initial program. The stub of a language model answers at once:
  it takes one of the programs that its prompt shows, at random, and moves one or two weights. So it serves
  every engine alike, and what they show it decides how far they come. It is one run each: small differences
  of scores are luck.
- Every engine has two workers and its defaults, but for: whole programs in place of diffs; {limit:g} s for an
  evaluation; for ShinkaEvolve no embeddings and no summaries, which need other models. Ours runs each
  candidate in a sandbox; the others have none.
- CPU is that of all processes of the engine, the model's left out; without the start it is that of the run of
  {evaluations} less one of {short}. Memory is the proportional set size of all its processes.
- Proposals beyond those scored were duplicates, no programs, or sampled ahead and never evaluated.
- "kill -9" kills the driver alone, once half of the programs are scored; then the run is resumed by the
  engine's own means. "Lost" were scored and a resumption does not find them. Orphans are adopted by the
  benchmark, as they are by a `systemd --user`; who is left has its name in the JSON file.
- "endless loop": one proposal of a run of {short} never returns; "held up" is beside one without it.
- Differences of two runs carry the noise of both starts: some seconds of ours on a loaded machine.
- Installed and not run: LLM4AD 1.11 (6.1 GB with its torch), GEPA 0.1.4 and levi-evolve 0.1.1. None has a
  command line, so each would need a program of its own around it.

Made {when} at revision {revision}{changed}, Python {python}, on {cores} cores of {processor}, {memory:g} GiB,
load {load:g} at the start, by

    {command}
"""


def page(record: Kept) -> str:
    """Returns the page that is kept beside the figures."""
    sitting = record.circumstances
    return _PAGE.format(
        table=table(record.engines),
        limit=record.terms.time_limit,
        evaluations=record.terms.evaluations,
        short=record.terms.short,
        when=sitting.began,
        revision=sitting.revision,
        changed=" (with changes)" if sitting.is_changed else "",
        python=sitting.versions["python"],
        cores=sitting.cores,
        processor=sitting.processor,
        memory=sitting.memory_gib,
        load=sitting.load,
        command=record.command,
    )
