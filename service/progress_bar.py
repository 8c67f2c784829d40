"""Progress of long work, on stderr: a bar on a terminal, plain lines elsewhere, nothing beside JSON."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PLAIN_SECONDS = 5.0  # between two plain lines

Step = Callable[[str], None]  # told what is done; the work is one step on
Amount = Callable[[int, int | None], None]  # told how much is done, and of how much where that is known


@contextmanager
def counted(what: str, total: int, *, quiet: bool) -> Iterator[Step]:
    """Shows work of `total` steps; yields what is to be called after each, with a word on it."""
    done = 0
    with measured(what, quiet=quiet) as tell:

        def step(_: str) -> None:
            nonlocal done
            done += 1
            tell(done, total)

        yield step


@contextmanager
def measured(what: str, *, quiet: bool) -> Iterator[Amount]:
    """Shows work whose amount shows as it goes on; yields what is to be called with it."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        yield from _bar(what)
    else:
        yield _plain(what)


@contextmanager
def awaited(what: str, *, quiet: bool) -> Iterator[None]:
    """Shows that work goes on whose amount nobody knows."""
    if quiet:
        yield
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(what):
            yield
    else:
        over = threading.Event()
        lines = threading.Thread(target=_lines, args=(what, over), daemon=True)
        lines.start()
        try:
            yield
        finally:
            over.set()
            lines.join()


def _lines(what: str, over: threading.Event) -> None:
    began = time.monotonic()
    while not over.wait(PLAIN_SECONDS):
        sys.stderr.write(f"{what}: {time.monotonic() - began:.0f} s\n")


def _bar(what: str) -> Iterator[Amount]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _plain(what: str) -> Amount:
    last = time.monotonic()

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PLAIN_SECONDS:
            last = now
            sys.stderr.write(f"{what}: {done}{'' if total is None else f' of {total}'}\n")

    return tell
