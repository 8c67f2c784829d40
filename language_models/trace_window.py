"""The newest exchanges of a directory of traces, kept up to date by reading no more than what was added.

A directory may hold gigabytes. What is read at once is bounded, and what is kept of an exchange is short; one
whole exchange is looked up by its id.
"""

from __future__ import annotations

import json
import mmap
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from language_models.trace_reader import Trace, take_in, with_outcomes
from language_models.traces import PATTERN, Outcome

WINDOW_BYTES = 32 << 20  # read at once, the newest
LONGEST_LINE = 16 << 20  # bytes of an exchange that is looked up
LOOKED_THROUGH = 4 << 30  # bytes, for one exchange
MOST_EXCHANGES = 20_000
SHORT = 300  # characters of a reply
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Window:
    """What is seen.

    Attributes:
        traces: In short, the newest first: without what was asked, and with the beginnings of the replies.
        is_whole: Whether that is all there is.
    """

    traces: tuple[Trace, ...]
    is_whole: bool


class TraceWindow:
    """Reads a directory of traces, which need not be there yet; safe for threads.

    Args:
        directory: Of the traces.
        window_bytes: The most that is read at once.
        most: How many exchanges are kept.
    """

    def __init__(
        self, directory: Path, *, window_bytes: int = WINDOW_BYTES, most: int = MOST_EXCHANGES
    ) -> None:
        self._directory = directory
        self._window_bytes = window_bytes
        self._most = most
        self._lock = threading.Lock()
        self._read: dict[Path, int] = {}  # up to where each file was read
        self._exchanges: dict[str, Trace] = {}
        self._outcomes: dict[str, dict[int, Outcome]] = {}
        self._is_whole = True

    def look(self) -> Window:
        """Returns the newest exchanges, what was added since the last look included."""
        with self._lock:
            self._take_news()
            found = [
                with_outcomes(trace, dict(self._outcomes.get(trace.id, {})))
                for trace in self._exchanges.values()
            ]
            return Window(tuple(sorted(found, key=lambda trace: trace.at)[::-1]), self._is_whole)

    def find(self, name: str) -> Trace | None:
        """Returns one whole exchange; None where none of that id is found in the newest `LOOKED_THROUGH`."""
        if not _NAME.fullmatch(name):
            return None
        exchanges: dict[str, Trace] = {}
        outcomes: dict[str, dict[int, Outcome]] = {}
        left = LOOKED_THROUGH
        for file, size in self._sizes():
            if left < 0:
                break
            left -= size
            for line in _lines_with(file, name.encode()):
                _take_line(line, exchanges, outcomes)
            if name in exchanges:
                break
        found = exchanges.get(name)
        return found and with_outcomes(found, {**outcomes.get(name, {}), **self._heard(name)})

    def _heard(self, name: str) -> dict[int, Outcome]:
        """Returns what the window knows became of an exchange, perhaps by another process's file."""
        with self._lock:
            return dict(self._outcomes.get(name, {}))

    def _sizes(self) -> list[tuple[Path, int]]:
        """Returns the files and their sizes, what was written to last first."""
        found = []
        for file in self._directory.glob(PATTERN):
            try:
                stat = file.stat()
            except OSError:  # it has gone meanwhile
                continue
            found.append((stat.st_mtime_ns, file, stat.st_size))
        return [(file, size) for _, file, size in sorted(found, reverse=True)]

    def _take_news(self) -> None:
        left = self._window_bytes
        for file, size in self._sizes():
            begin = self._read.get(file, 0)
            start = max(begin, size - left)
            if start > begin:
                self._is_whole = False
            left -= size - start
            self._read[file] = self._taken(file, start, size, is_cut=start > begin)
        self._forget_oldest()

    def _taken(self, file: Path, start: int, end: int, *, is_cut: bool) -> int:
        """Takes in the whole lines between two places of a file; returns where the last one ends."""
        if start >= end:
            return start
        with file.open("rb") as stream:
            stream.seek(start)
            block = stream.read(end - start)
        whole = block.rfind(b"\n") + 1
        lines = block[:whole].split(b"\n")
        for line in lines[1:] if is_cut else lines:
            if line:
                _take_line(line, self._exchanges, self._outcomes, in_short=True)
        return start + whole

    def _forget_oldest(self) -> None:
        if len(self._exchanges) > self._most:
            newest = sorted(self._exchanges.values(), key=lambda trace: trace.at)[-self._most :]
            self._exchanges = {trace.id: trace for trace in newest}
            self._is_whole = False
        if len(self._outcomes) > 2 * self._most:
            self._outcomes = {id: told for id, told in self._outcomes.items() if id in self._exchanges}


def _take_line(
    line: bytes,
    exchanges: dict[str, Trace],
    outcomes: dict[str, dict[int, Outcome]],
    *,
    in_short: bool = False,
) -> None:
    """Takes a line in; one that cannot be read is left out."""
    try:
        record: Any = json.loads(line)
        take_in(record, exchanges, outcomes)
        if in_short and record["kind"] == "exchange":
            exchanges[record["id"]] = _in_short(exchanges[record["id"]])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return


def _in_short(trace: Trace) -> Trace:
    choices = tuple({"text": said(choice)[:SHORT]} for choice in trace.choices)
    return replace(trace, request={}, choices=choices, error=trace.error[:SHORT])


def said(choice: Any) -> str:  # noqa: ANN401 - of any JSON
    """Returns what a reply says in words: its text, or the calls that it makes."""
    text = choice.get("text")
    return str(text) if text else json.dumps(choice.get("tool_calls") or "", ensure_ascii=False, default=str)


def _lines_with(file: Path, name: bytes) -> Iterator[bytes]:
    """Yields the lines of a file that hold an id; nothing else of it is parsed."""
    wanted = b'"' + name + b'"'
    try:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
            at = text.find(wanted)
            while at >= 0:
                start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
                end = len(text) if end < 0 else end
                if end - start <= LONGEST_LINE:
                    yield text[start:end]
                at = text.find(wanted, end)
    except (OSError, ValueError):  # it has gone, or is empty
        return
