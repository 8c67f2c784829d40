"""Runs by HTTP: the list, where each one is, its figures, elites, programs and where they come from.

Whatever grows with a run is given in pages. What is asked for again and again has a version: `after` names
the one that the caller has, and what has not changed since costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel

from funsearch.elite_listing import EliteListing, list_elites
from funsearch.exceptions import JournalError, RunError
from funsearch.exchange_search import find_exchange
from funsearch.program_reading import (
    ReadProgram,
    list_programs,
    read_ancestry,
    read_program,
)
from funsearch.prompt_rebuilding import RebuiltPrompt, rebuilt_prompt
from funsearch.run_reader import RunReading
from funsearch.task import Task
from service.plots import figures
from service.plots.figures import FIGURES, Axis
from service.web.problems import Missing, Refused
from service.web.program_views import (
    AncestryView,
    Difference,
    ProgramList,
    ProgramView,
    PromptView,
    ancestor_view,
    difference,
    program_line,
    program_view,
    prompt_view,
)
from service.web.route import Reply, Route
from service.web.run_library import Kept, RunLibrary
from service.web.run_views import RunLine, RunList, RunView, Unchanged, line_of, shown, view_of
from service.web.served import Served

MOST_LINES = 200
MOST_MEASURES = 4
LISTINGS = 8  # of elites, kept

Offset = Annotated[int, Ge(0), Le(10_000_000)]
Limit = Annotated[int, Ge(1), Le(MOST_LINES)]
Name = Annotated[str, MaxLen(255)]
Number = Annotated[int, Ge(0), Le(2**53)]
Version = Annotated[str, MaxLen(200)]
Names = Annotated[str, MaxLen(200)]


class FiguresView(BaseModel):
    """Figures in Plotly's JSON, by name, each with its title."""

    version: str
    figures: dict[str, dict[str, Any]]


class EliteView(BaseModel):
    """The best program of a niche; the niche's bounds are by measure."""

    niche: dict[str, tuple[float, float]]
    program: int
    score: float
    shown: str
    length: int


class EliteList(BaseModel):
    """A page of the niches that are held, with a figure of all.

    Attributes:
        measures: Names of the axes.
        known: Names that may be asked for.
        elites: The page.
        total: Niches held.
        offset: Where the page begins.
        programs: Valid programs that competed.
        unplaced: Those of them that lack a measure.
        figure: All niches, in Plotly's JSON.
    """

    measures: list[str]
    known: list[str]
    elites: list[EliteView]
    total: int
    offset: int
    programs: int
    unplaced: int
    figure: dict[str, Any]


class RunsApi:
    """Shows runs; changes nothing of them."""

    def __init__(self, served: Served) -> None:
        self._library = RunLibrary(served.runs)
        self._traces: Path | None = served.traces
        self._listings: Kept[EliteListing] = Kept(LISTINGS)

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        run = "/api/runs/{run}"
        program = run + "/programs/{program}"
        return (
            Route("GET", "/api/runs", self.runs, RunList),
            Route("GET", run, self.run, RunView | Unchanged),
            Route("GET", run + "/figures", self.figures, FiguresView | Unchanged),
            Route("GET", run + "/elites", self.elites, EliteList),
            Route("GET", run + "/report", self.report),
            Route("GET", run + "/programs", self.programs, ProgramList),
            Route("GET", program, self.program, ProgramView),
            Route("GET", program + "/difference", self.difference, Difference),
            Route("GET", program + "/ancestors", self.ancestors, AncestryView),
            Route("GET", program + "/prompt", self.prompt, PromptView),
        )

    def runs(self, limit: Limit = 50, offset: Offset = 0) -> RunList:
        """Lists runs, the one that was written last first; damaged ones are among them, and say why."""
        names = self._library.names()
        lines = [self._line(name) for name in names[offset : offset + limit]]
        return RunList(runs=lines, total=len(names), offset=offset)

    def run(self, run: Name, after: Version = "") -> RunView | Unchanged:
        """Tells where a run is."""
        reading = self._library.reading(run)
        if reading.version == after:
            return Unchanged(version=after)
        return view_of(reading, self._task(reading))

    def figures(
        self,
        run: Name,
        names: Names = "score,islands,samplers",
        axis: Axis = "evaluations",
        after: Version = "",
    ) -> Reply | Unchanged:
        """Gives figures of a run in Plotly's JSON: score, islands, samplers, scatter, histogram, lineage."""
        wanted = [name.strip() for name in names.split(",")]
        unknown = [name for name in wanted if name not in FIGURES]
        if unknown:
            raise Refused(f"names={unknown[0][:80]!r}: expected figures of {', '.join(FIGURES)}")
        reading = self._library.reading(run)
        if reading.version == after:
            return Unchanged(version=after)
        drawn = {name: FIGURES[name](reading, axis) for name in wanted}
        told = {"version": reading.version, "figures": drawn}
        return Reply(json.dumps(told, allow_nan=False).encode(), "application/json")

    def elites(
        self, run: Name, measures: Names = "length,behaviour", limit: Limit = 50, offset: Offset = 0
    ) -> EliteList:
        """Lists the best program of each niche of a grid of measures."""
        names = tuple(name.strip() for name in measures.split(","))
        if len(names) > MOST_MEASURES:
            raise Refused(f"measures: expected at most {MOST_MEASURES}, found {len(names)}")
        reading = self._library.reading(run)
        task = self._task(reading)
        listing = self._listings.get(
            (run, reading.version, names), lambda: list_elites(reading.directory, names)
        )
        best = sorted(listing.elites, key=lambda elite: elite.program.rank, reverse=True)
        return EliteList(
            measures=list(listing.measures),
            known=list(listing.known),
            elites=[
                EliteView(
                    niche=elite.niche,
                    program=elite.program.candidate,
                    score=elite.program.score,
                    shown=shown(task, elite.program.score),
                    length=elite.program.length,
                )
                for elite in best[offset : offset + limit]
            ],
            total=len(best),
            offset=offset,
            programs=listing.programs,
            unplaced=listing.unplaced,
            figure=figures.elite_map(listing),
        )

    def report(self, run: Name) -> Reply:
        """Gives the report that a run wrote at its end, as a file to keep."""
        path = self._library.directory(run) / "report.html"
        if not path.is_file() or path.is_symlink():
            raise Missing(f"run {run!r}: it has no report yet; `funsearch report` writes one")
        headers = {"content-disposition": 'attachment; filename="report.html"'}
        return Reply(path.read_bytes(), "text/html; charset=utf-8", headers=headers)

    def programs(self, run: Name, before: Number | None = None, limit: Limit = 50) -> ProgramList:
        """Lists programs of a run, the newest first."""
        reading = self._library.reading(run)
        task = self._task(reading)
        rows = list_programs(reading.directory, before=before, limit=limit)
        following = rows[-1].number if len(rows) == limit and rows[-1].number > 1 else None
        return ProgramList(programs=[program_line(row, task) for row in rows], before=following)

    def program(self, run: Name, program: Number) -> ProgramView:
        """Gives a program with all that is known of it."""
        reading = self._library.reading(run)
        found = _found(reading.directory, program)
        kin = read_ancestry(reading.directory, program, generations=1)
        return program_view(found, {one.number: one.score for one in kin.members}, self._task(reading))

    def difference(self, run: Name, program: Number, parent: Number | None = None) -> Difference:
        """Tells what a program changed of its first parent, or of the one named, as a unified diff."""
        directory = self._library.directory(run)
        new = _found(directory, program)
        old = new.parents[0] if parent is None and new.parents else parent
        if old not in new.parents:
            raise Refused(f"program {program}: expected a parent of it ({new.parents}), found {old}", 404)
        return difference(_found(directory, old), new)

    def ancestors(
        self,
        run: Name,
        program: Number,
        generations: Annotated[int, Ge(1), Le(1_000)] = 4,
        limit: Annotated[int, Ge(1), Le(1_000)] = 200,
    ) -> AncestryView:
        """Tells where a program comes from, each ancestor once, the nearest first."""
        reading = self._library.reading(run)
        _found(reading.directory, program)
        found = read_ancestry(reading.directory, program, generations=generations, most=limit)
        task = self._task(reading)
        return AncestryView(
            members=[ancestor_view(member, task) for member in found.members], is_whole=found.is_whole
        )

    def prompt(self, run: Name, program: Number) -> PromptView:
        """Gives the prompt that made a program: the exchange that was kept, else the prompt built again."""
        reading = self._library.reading(run)
        found = _found(reading.directory, program)
        task = self._task(reading)
        if task is None:
            return prompt_view(RebuiltPrompt((), None, "The run's task cannot be loaded any more."), None, 0)
        rebuilt = rebuilt_prompt(reading.directory, reading.config, task.specification, found)
        kept = find_exchange(self._traces, rebuilt) if self._traces else None
        return prompt_view(rebuilt, kept, found.position)

    def _line(self, name: str) -> RunLine:
        summary = self._library.summary(name)
        return line_of(summary, self._library.task(summary.config) if summary.config else None)

    def _task(self, reading: RunReading) -> Task | None:
        return self._library.task(reading.config)


def _found(directory: Path, number: int) -> ReadProgram:
    """Returns a program of a run; raises `Missing` where it has none of that number."""
    try:
        return read_program(directory, number)
    except JournalError:
        raise
    except RunError as error:
        raise Missing(str(error)) from error
