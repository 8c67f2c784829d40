"""The live view of a run in a terminal, and its plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from funsearch.progress import Progress, SamplerCount
    from funsearch.task import Task

REFRESH_PER_SECOND = 4
PLAIN_SECONDS = 15.0
PLAIN_WIDTH = 120
RATE_WINDOW_SECONDS = 10.0
_BARS = "▁▂▃▄▅▆▇█"


def wide_console() -> Console:
    """Returns a console as wide as the terminal, or wide enough for our tables where there is none.

    Brackets in what it prints are no markup: paths, names and models' words hold them.
    """
    console = Console(markup=False)
    return console if console.is_terminal else Console(width=PLAIN_WIDTH, markup=False)


class LiveView:
    """Shows where a run stands; keeps `funsearch.progress.Observer`.

    Args:
        console: Where it is shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._show: Callable[[float], str] = str
        self._figure = ""
        self._rates = deque[tuple[float, int]]()
        self._last_line = time.monotonic()
        self._live = Live(console=console, refresh_per_second=REFRESH_PER_SECOND, transient=True)

    def __enter__(self) -> LiveView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def on_start(self, task: Task, facts: Mapping[str, str]) -> None:
        self._show, self._figure = task.show, task.figure
        self._console.print(facts_table(facts))
        self._console.print("Ctrl-C ends the run cleanly; it can be resumed.", style="dim")
        if self._console.is_terminal:
            self._live.start()

    def on_progress(self, progress: Progress) -> None:
        rate = self._rate(progress)
        if self._live.is_started:
            self._live.update(self._picture(progress, rate))
        elif time.monotonic() - self._last_line >= PLAIN_SECONDS:
            self._last_line = time.monotonic()
            self._console.print(self._headline(progress, rate))

    def _rate(self, progress: Progress) -> float:
        """Returns evaluations per second over the last seconds."""
        now = time.monotonic()
        self._rates.append((now, progress.evaluations))
        while now - self._rates[0][0] > RATE_WINDOW_SECONDS:
            self._rates.popleft()
        since, before = self._rates[0]
        return (progress.evaluations - before) / (now - since) if now > since else 0.0

    def _headline(self, progress: Progress, rate: float) -> Text:
        counts = progress.samplers.values()
        evaluated = sum(count.evaluated for count in counts)
        valid = sum(count.valid for count in counts)
        return Text.assemble(
            (f"{clock(progress.elapsed_seconds)}  ", "bold"),
            f"{progress.evaluations} evaluations  {rate:.0f}/s  valid {percent(valid, evaluated)}  best ",
            (self._show(progress.best_score), "bold green"),
            f" {self._figure}  resets {progress.resets}",
        )

    def _picture(self, progress: Progress, rate: float) -> RenderableType:
        islands = Table.grid(padding=(0, 1))
        islands.add_row(
            "islands", Text(_skyline(progress.best_per_island), style="green"), self._spread(progress)
        )
        return Group(self._headline(progress, rate), islands, samplers_table(progress.samplers))

    def _spread(self, progress: Progress) -> str:
        shown = [self._show(score) for score in progress.best_per_island]
        return "best of each: " + "  ".join(shown)


def samplers_table(samplers: dict[str, SamplerCount]) -> Table:
    """Returns who proposed what and what came of it; time counts proposing and scoring."""
    columns = (
        "sampler",
        "proposed",
        "share",
        "defect",
        "known",
        "similar",
        "valid",
        "improving",
        "records",
        "cost",
    )
    table = Table(*columns, box=None, header_style="dim", padding=(0, 2, 0, 0))
    proposed = sum(count.proposed for count in samplers.values())
    for name, count in samplers.items():
        table.add_row(
            name,
            str(count.proposed),
            percent(count.proposed, proposed),
            percent(count.defective, count.proposed),
            percent(count.duplicates, count.proposed),
            percent(count.similar, count.proposed),
            percent(count.valid, count.proposed),
            f"{count.improving} ({percent(count.improving, count.proposed)})",
            str(count.records),
            f"{count.seconds:.0f} s",
        )
    return table


def facts_table(facts: Mapping[str, str]) -> Table:
    """Returns what is really on."""
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(Text(name, style="dim"), Text(value))
    return table


def percent(part: int, whole: int) -> str:
    """Returns a share in percent; a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def clock(seconds: float) -> str:
    """Returns minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _skyline(scores: tuple[float, ...]) -> str:
    """Returns a bar per island, the tallest for the best."""
    low, high = min(scores), max(scores)
    if high == low:
        return _BARS[-1] * len(scores)
    return "".join(_BARS[round((score - low) / (high - low) * (len(_BARS) - 1))] for score in scores)
