"""Draws best-so-far curves with their confidence bands as one SVG file.

Written by hand: of the light chart libraries, none draws a band between two curves.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from funsearch.comparison import METHOD, Comparison, Curve
from funsearch.run_directory import write_file

PLOT_NAME = "comparison.svg"
WIDTH, HEIGHT = 860, 500
LEFT, RIGHT, TOP, BOTTOM = 90, 20, 60, 60
TICKS = 5
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # told apart by colour-blind eyes, too (Okabe and Ito)


def write_plot(comparison: Comparison) -> Path:
    """Stores the plot in the comparison's directory; returns its path."""
    return write_file(comparison.contest.directory, PLOT_NAME, drawn(comparison).encode())


def drawn(comparison: Comparison) -> str:
    """Returns the plot as the text of an SVG file."""
    frame = _Frame(comparison.curves.values())
    root = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=str(WIDTH),
        height=str(HEIGHT),
        attrib={"font-family": "sans-serif", "font-size": "12"},
    )
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill="white")
    _write(root, LEFT, 22, f"{comparison.task.name}: best so far, {comparison.task.figure}", size=15)
    _write(root, LEFT, 42, f"{comparison.contest.seeds} seeds; {METHOD}", colour="#666666")
    for score in frame.scores:
        _grid_line(root, frame.y(score), comparison.task.show(score))
    for count in frame.counts:
        _write(root, frame.x(count), HEIGHT - BOTTOM + 20, f"{count:,.0f}", anchor="middle")
    _write(root, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "evaluations", anchor="middle")
    for index, (strategy, curve) in enumerate(comparison.curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        _draw_curve(root, frame, curve, colour)
        at = LEFT + 20 + 150 * index
        ElementTree.SubElement(root, "rect", x=str(at), y="50", width="16", height="4", fill=colour)
        _write(root, at + 22, 57, strategy)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


class _Frame:
    """The plane that the curves are drawn in: evaluations to the right, scores upwards."""

    def __init__(self, curves: Iterable[Curve]) -> None:
        drawn = list(curves)
        low = float(min(curve.low.min() for curve in drawn))
        high = float(max(curve.high.max() for curve in drawn))
        most = max(int(curve.evaluations[-1]) for curve in drawn)
        self._low, self._span = (low, high - low) if high > low else (low - 0.5, 1.0)
        self._most = max(most, 1)
        self.scores = [self._low + self._span * part for part in np.linspace(0, 1, TICKS)]
        self.counts = [self._most * part for part in np.linspace(0, 1, TICKS)]

    def x(self, evaluations: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * evaluations / self._most

    def y(self, score: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM - 10) * (score - self._low) / self._span


def _draw_curve(root: ElementTree.Element, frame: _Frame, curve: Curve, colour: str) -> None:
    def points(scores: Iterable[float], counts: Iterable[int]) -> list[str]:
        pairs = zip(counts, scores, strict=True)
        return [f"{frame.x(count):.1f},{frame.y(score):.1f}" for count, score in pairs]

    band = points(curve.high, curve.evaluations) + points(curve.low[::-1], curve.evaluations[::-1])
    style = {"fill": colour, "fill-opacity": "0.15", "stroke": "none"}
    ElementTree.SubElement(root, "polygon", points=" ".join(band), attrib=style)
    line = {"fill": "none", "stroke": colour, "stroke-width": "2"}
    ElementTree.SubElement(
        root, "polyline", points=" ".join(points(curve.mean, curve.evaluations)), attrib=line
    )


def _grid_line(root: ElementTree.Element, y: float, label: str) -> None:
    ends = {
        "x1": str(LEFT),
        "x2": str(WIDTH - RIGHT),
        "y1": f"{y:.1f}",
        "y2": f"{y:.1f}",
        "stroke": "#dddddd",
    }
    ElementTree.SubElement(root, "line", attrib=ends)
    _write(root, LEFT - 8, y + 4, label, anchor="end")


def _write(  # noqa: PLR0913 - a text has a place and a look
    root: ElementTree.Element,
    x: float,
    y: float,
    words: str,
    *,
    size: int = 12,
    colour: str = "#222222",
    anchor: str = "start",
) -> None:
    look = {"font-size": str(size), "fill": colour, "text-anchor": anchor}
    ElementTree.SubElement(root, "text", x=f"{x:.1f}", y=f"{y:.1f}", attrib=look).text = words
