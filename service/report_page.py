"""report.html: a run as one file that needs no server and no network.

Nothing in it is taken for markup but what is made here, and the file itself says, by a policy with the hashes
of its two scripts, that no other script may run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from funsearch.program_reading import read_program
from funsearch.run_directory import write_file
from funsearch.run_reader import RunReader, RunReading
from funsearch.task import Task
from service.markup import Child, Markup, element
from service.plots.figures import FIGURES, Figure
from service.plots.library import plot_library
from service.web.run_library import task_of
from service.web.run_views import RunView, view_of

REPORT_NAME = "report.html"
PAGE = Path(__file__).parent / "page"
MOST_ROWS = 50  # of the numbers beside a plot
_CLOSING = re.compile(r"<(?=/script|!--)", re.IGNORECASE)


def write_report(directory: Path) -> Path:
    """Writes a run's report beside it; returns its path.

    Raises:
        RunError: The directory holds no run, is damaged, or cannot be written.
    """
    reading = RunReader(directory).read()
    page = report_of(reading, task_of(reading.config))
    return write_file(directory, REPORT_NAME, page.encode("utf-8", "replace"))


def report_of(reading: RunReading, task: Task | None) -> str:
    """Returns the report of a run, as the text of an HTML file."""
    view = view_of(reading, task)
    source = read_program(reading.directory, reading.best.candidate).source if reading.best else ""
    figures = {name: figure(reading, "evaluations") for name, figure in FIGURES.items()}
    scripts = [_CLOSING.sub(r"<\\", text) for text in (_library(), _page_file("report.js"))]
    title = f"{view.name}: {view.task}"
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Markup(f"<style>{_page_file('style.css')}</style>"),
    ]
    data = Markup(f'<script type="application/json" id="figures">{_json(figures)}</script>')
    body = element("main", *_parts(view, source, figures), class_="page")
    ending = [data, *(Markup(f"<script>{script}</script>") for script in scripts)]
    return (
        f'<!doctype html>\n<html lang="en">{element("head", *head)}{element("body", body, *ending)}</html>\n'
    )


def _parts(view: RunView, source: str, figures: dict[str, Figure]) -> list[Child]:
    best = view.best
    numbers = [
        ("best score", best.shown if best else "-"),
        ("held out", view.held_out_shown),
        ("evaluations", f"{view.evaluations:,}"),
        ("earned a score", f"{view.valid:,}"),
        ("wall time", f"{view.seconds:,.0f} s"),
        ("records", f"{view.recorded:,}"),
    ]
    said = f"Scores are {view.figure}. " + (
        f"The best is program {best.program}, by {best.sampler or 'nobody: the run began with it'}."
        if best
        else ""
    )
    return [
        element("h1", f"Run {view.name}"),
        element("p", f"Task {view.task}, seed {view.seed}, {view.strategy}; {_ended(view)}", class_="lead"),
        element("dl", *(_number(name, text) for name, text in numbers if text), class_="figures"),
        element("p", said),
        [element("p", sentence, class_="notice") for sentence in view.inactive],
        _section("The best program", element("pre", element("code", source), class_="said", tabindex="0")),
        _section("Beside what", _scores(view)),
        [_plot(name, figure) for name, figure in figures.items()],
        _section("Who found what", _samplers(view)),
        _section("Records", _records(view)),
        _section("What was on", _facts(view.facts.items())) if view.facts else None,
        _section("Settings", _facts(view.settings.items())),
        element("p", f"Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by funsearch.", class_="soft"),
    ]


def _ended(view: RunView) -> str:
    ended = f"{view.state}: {view.ended}" if view.ended else view.state
    return f"{ended}; tool bank: {view.promoted}" if view.promoted else ended


def _plot(name: str, figure: Figure) -> Markup:
    title = str(figure["title"])
    rows = [
        (str(trace.get("name", "")), x, y)
        for trace in figure["data"]
        for x, y in _thinned(list(zip(trace["x"], trace["y"], strict=False)))
    ]
    table = _table(f"{title}: numbers", ("Series", "x", "y"), rows)
    return _section(
        title,
        element(
            "div", id=f"plot-{name}", class_="plot-canvas", role="img", aria_label=f"{title}; numbers below"
        ),
        element("details", element("summary", "Numbers of this plot"), table),
    )


def _thinned(pairs: Sequence[tuple[float | None, float | None]]) -> Iterable[tuple[str, str]]:
    step = max(1, -(-len(pairs) // MOST_ROWS))
    return (("" if x is None else f"{x:.6g}", "" if y is None else f"{y:.6g}") for x, y in pairs[::step])


def _scores(view: RunView) -> Markup:
    best = view.best.shown if view.best else "-"
    rows = [(one.name, one.training or "-", one.held_out or "-") for one in view.baselines]
    rows += [
        ("initial program", view.initial_shown or "-", "-"),
        ("this run", best, view.held_out_shown or "-"),
    ]
    return _table(f"Baselines and this run: {view.figure}", ("", "Training", "Held out"), rows)


def _samplers(view: RunView) -> Markup:
    names = ("proposed", "defective", "duplicates", "similar", "valid", "improving", "records")
    rows = [
        (one.name, *(f"{getattr(one, name):,}" for name in names), f"{one.seconds:,.0f} s")
        for one in view.samplers
    ]
    return _table("What each sampler proposed, and what came of it", ("sampler", *names, "time"), rows)


def _records(view: RunView) -> Markup:
    rows = [
        (f"#{one.program}", one.shown, one.sampler or "-", f"{one.evaluations:,}", f"{one.seconds:,.0f} s")
        for one in view.records
    ]
    caption = f"The last {len(rows)} programs that were the best when they came"
    return _table(caption, ("Program", "Score", "Sampler", "Evaluations", "Wall time"), rows)


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    first, *others = columns
    told = [element("th", text, scope="col", class_="number") for text in others]
    head = element("tr", element("th", first, scope="col"), *told)
    body = [
        element(
            "tr", element("th", first, scope="row"), *(element("td", text, class_="number") for text in rest)
        )
        for first, *rest in rows
    ]
    table = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    told = (element("div", element("dt", name), element("dd", value)) for name, value in pairs)
    return element("dl", *told, class_="facts")


def _number(name: str, text: str) -> Markup:
    return element("div", element("dt", name), element("dd", text))


def _section(title: str, *children: Child) -> Markup:
    return element("section", element("h2", title), *children, class_="block")


def _policy(scripts: Iterable[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _json(value: object) -> str:
    """Returns JSON that cannot end the element it stands in."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def _library() -> str:
    return plot_library().decode().replace("\r\n", "\n")


def _page_file(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
