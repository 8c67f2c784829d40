"""The figures of a run: small, whatever its size, and without colours, which whoever draws them adds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from funsearch.elite_listing import EliteListing
from funsearch.program_reading import read_descent
from funsearch.run_curves import Record, Step
from funsearch.run_reader import RunReading

Figure: TypeAlias = dict[str, Any]
Axis: TypeAlias = Literal["evaluations", "seconds"]

MOST_ISLANDS = 24  # with a curve of their own
HISTOGRAM_BINS = 60
FEW = 60  # records that a curve has room to mark large
SCORE = "score"
_AXES: Mapping[Axis, str] = {"evaluations": "evaluations", "seconds": "wall time in seconds"}
_Value: TypeAlias = Callable[[Step], float]


def score_curve(run: RunReading, axis: Axis = "evaluations") -> Figure:
    """Returns the best score of the run so far; each record is a program that can be looked at."""
    steps = _until_now(run.records, run)
    marked: list[int | None] = [record.candidate for record in run.records]
    size = 7 if len(marked) <= FEW else 4
    line = _line("best so far", steps, axis) | {
        "mode": "lines+markers",
        "customdata": [*marked, *[None] * (len(steps) - len(marked))],
        "marker": {"size": [size if at < len(marked) else 0 for at in range(len(steps))]},
        "hovertemplate": "%{y}<br>%{x} " + axis + "<extra></extra>",
    }
    return _figure("Best score", [line], _AXES[axis])


def island_curves(run: RunReading, axis: Axis = "evaluations") -> Figure:
    """Returns the best score of each island; a reset takes a weak one back to a survivor's best."""
    lines = [
        _line(f"island {number}", _until_now(steps, run), axis)
        for number, steps in enumerate(run.islands[:MOST_ISLANDS])
    ]
    return _figure("Best score of each island", lines, _AXES[axis])


def sampler_curves(run: RunReading, axis: Axis = "evaluations") -> Figure:
    """Returns the best score that each sampler has found."""
    lines = [_line(name, _until_now(steps, run), axis) for name, steps in run.samplers.items()]
    return _figure("Best score of each sampler", lines, _AXES[axis])


def score_scatter(run: RunReading, axis: Axis = "evaluations") -> Figure:
    """Returns the scores of valid programs as they came: all of a small run, evenly many of a large one."""
    points = []
    for name in run.counts:
        found = [scored for scored in run.sample if scored.sampler == name]
        if found:
            points.append(
                _xy(name, found, axis)
                | {
                    "mode": "markers",
                    "marker": {"size": 4, "opacity": 0.55},
                    "customdata": [scored.candidate for scored in found],
                    "hovertemplate": "%{y}<br>program %{customdata}<extra>" + _plain(name) + "</extra>",
                }
            )
    return _figure("Scores of valid programs", points, _AXES[axis])


def score_histogram(run: RunReading) -> Figure:
    """Returns how many valid programs scored what, of the same sample as the scatter."""
    scores = [scored.score for scored in run.sample if math.isfinite(scored.score)]
    edges, counts = _binned(scores)
    centres = [_number((low + high) / 2) for low, high in itertools.pairwise(edges)]
    bars = [
        {
            "type": "bar",
            "x": centres,
            "y": counts,
            "name": "programs",
            "hovertemplate": "%{x:.6g}: %{y}<extra></extra>",
        }
    ]
    figure = _figure("Distribution of scores", bars, SCORE, "programs")
    figure["layout"] |= {"bargap": 0.05, "showlegend": False}
    return figure


def lineage(run: RunReading) -> Figure:
    """Returns the best program's line of descent by the best parent of each, with the other parents."""
    name, x = "Where the best program comes from", "number of the program"
    if run.best is None:
        return _figure(name, [], x)
    descent = read_descent(run.directory, run.best.candidate)
    places = {member.number: member for member in descent.members if member.score is not None}
    xs: list[float | None] = []
    ys: list[float | None] = []
    for member in places.values():
        for parent in member.parents:
            if parent in places:
                xs += [member.number, parent, None]
                ys += [_number(member.score), _number(places[parent].score), None]
    edges = {
        "type": "scatter", "mode": "lines", "name": "parent of", "x": xs, "y": ys,
        "line": {"width": 1}, "opacity": 0.45, "hoverinfo": "skip",
    }  # fmt: skip
    records = {record.candidate for record in run.records}
    marked = [
        _members(
            "ancestor", [place for place in places.values() if place.number not in records], 6, "circle"
        ),
        _members(
            "ancestor that was a record", [p for p in places.values() if p.number in records], 10, "diamond"
        ),
    ]
    others = [record for record in run.records if record.candidate not in places]
    marked.append(_members("other record", others, 8, "diamond-open"))
    data = [edges, *(trace for trace in marked if trace["x"])]
    return _figure(name, data, x)


def elite_map(listing: EliteListing) -> Figure:
    """Returns the elites of a grid of two measures as a heatmap; of one measure, as bars."""
    if len(listing.measures) == 1:
        return _elite_bars(listing)
    first, second = listing.measures[:2]
    across = sorted({elite.niche[first] for elite in listing.elites})
    up = sorted({elite.niche[second] for elite in listing.elites})
    best: dict[tuple[Any, Any], tuple[float, int]] = {}
    for elite in listing.elites:  # of more than two measures, the best over the others is shown
        niche = (elite.niche[first], elite.niche[second])
        best[niche] = max(best.get(niche, (-math.inf, 0)), (elite.program.score, elite.program.candidate))
    cells = [[best.get((x, y)) for x in across] for y in up]
    heat = {
        "type": "heatmap",
        "x": [_range(bounds) for bounds in across],
        "y": [_range(bounds) for bounds in up],
        "z": [[cell and _number(cell[0]) for cell in row] for row in cells],
        "customdata": [[cell and cell[1] for cell in row] for row in cells],
        "colorbar": {"title": {"text": SCORE}},
        "colorscale": "Viridis",
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": "%{z}<br>program %{customdata}<extra></extra>",
    }
    figure = _figure("Elites", [heat], first, second)
    figure["layout"]["xaxis"]["type"] = figure["layout"]["yaxis"]["type"] = "category"
    return figure


def _elite_bars(listing: EliteListing) -> Figure:
    [measure] = listing.measures
    bars = {
        "type": "bar",
        "name": "elite",
        "x": [_range(elite.niche[measure]) for elite in listing.elites],
        "y": [_number(elite.program.score) for elite in listing.elites],
        "customdata": [elite.program.candidate for elite in listing.elites],
        "hovertemplate": "%{y}<br>program %{customdata}<extra></extra>",
    }
    figure = _figure("Elites", [bars], measure)
    figure["layout"]["xaxis"]["type"] = "category"
    return figure


def _members(name: str, members: Iterable[Any], size: int, symbol: str) -> Figure:
    """Returns programs as marks; they have a score, and a number by one of two names."""
    found = list(members)
    numbers = [member.candidate if isinstance(member, Record) else member.number for member in found]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": numbers,
        "y": [_number(member.score) for member in found],
        "customdata": numbers,
        "marker": {"size": size, "symbol": symbol},
        "hovertemplate": "%{y}<br>program %{customdata}<extra>" + name + "</extra>",
    }


def _until_now(steps: Sequence[Step], run: RunReading) -> list[Step]:
    """Returns the steps with one more, which takes the curve to where the run is."""
    if not steps:
        return []
    now = Step(
        max(run.registered, steps[-1].evaluations), max(run.seconds, steps[-1].seconds), steps[-1].score
    )
    return [*steps, now]


def _line(name: str, steps: Sequence[Step], axis: Axis) -> Figure:
    return _xy(name, steps, axis) | {"mode": "lines", "line": {"shape": "hv"}}


def _xy(name: str, steps: Sequence[Step], axis: Axis) -> Figure:
    value: _Value = (lambda step: step.evaluations) if axis == "evaluations" else (lambda step: step.seconds)
    return {
        "type": "scatter",
        "name": _plain(name),
        "x": [_number(value(step)) for step in steps],
        "y": [_number(step.score) for step in steps],
    }


def _figure(title: str, data: list[Figure], x: str, y: str = SCORE) -> Figure:
    layout = {
        "xaxis": {"title": {"text": _plain(x)}},
        "yaxis": {"title": {"text": _plain(y)}},
        "showlegend": len(data) > 1,
    }
    return {"title": title, "data": data, "layout": layout}


def _binned(values: Sequence[float]) -> tuple[list[float], list[int]]:
    """Returns the edges of equal bins and how many values fall into each."""
    if not values:
        return [], []
    low, high = min(values), max(values)
    width = high / HISTOGRAM_BINS - low / HISTOGRAM_BINS  # parts: the difference may be beyond all floats
    if not width > 0:
        return [low - 0.5, low + 0.5], [len(values)]
    counts = [0] * HISTOGRAM_BINS
    for value in values:
        counts[min(int(value / width - low / width), HISTOGRAM_BINS - 1)] += 1
    return [low + width * at for at in range(HISTOGRAM_BINS + 1)], counts


def _number(value: float | None) -> float | None:
    """Returns a number that JSON and a screen can show, in ten digits; None for what is none."""
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.10g}")


def _range(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:.4g} to {bounds[1]:.4g}"


def _plain(text: str) -> str:
    """Returns a text without the few tags that the library would read in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FIGURES: Mapping[str, Callable[[RunReading, Axis], Figure]] = {
    "score": score_curve,
    "islands": island_curves,
    "samplers": sampler_curves,
    "scatter": score_scatter,
    "histogram": lambda run, axis: score_histogram(run),
    "lineage": lambda run, axis: lineage(run),
}
