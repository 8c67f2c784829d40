"""Durable work: whatever a request's work does outside itself is done once and kept, and then only read.

The work of a request is a function that may be run again from its beginning at any time: after a crash, after
the user has answered. Each thing that it asks of the world (a model's reply, a call of a tool, an answer)
goes through `Operations.once`, which gives back what was kept, in the order of equal things.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from agent.budget import Meter
from agent.request import Json
from programs.utf8_text import digest, writable
from tool_bank.database import Database, now


class Uncertain(Exception):
    """A thing with effects outside was begun in an earlier life, and nobody knows whether it happened."""

    def __init__(self, kind: str, body: Json) -> None:
        self.body = body
        super().__init__(
            f"{kind} {json.dumps(body, ensure_ascii=False):.200}: begun, and its end is not known"
        )


class Operations:
    """What was done for one request, in all its lives."""

    def __init__(
        self, database: Database, request: str, meter: Meter, check: Callable[[], None] = lambda: None
    ) -> None:
        """Takes whose they are.

        Args:
            database: The agent's record.
            request: Id of the request.
            meter: Is told how long each thing took.
            check: Called before anything new is done; raises where the work must end.
        """
        self._database = database
        self._request = request
        self._meter = meter
        self._check = check
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._within = threading.local()  # .depth: how many things are under way in this thread

    @property
    def meter(self) -> Meter:
        """What the request has used."""
        return self._meter

    def check(self) -> None:
        """Raises where the work must end: its request was canceled, or has used up what it may."""
        self._check()
        self._meter.check()

    def once(self, kind: str, body: Json, do: Callable[[], Json], *, risky: bool = False) -> Json:
        """Returns what `do` gave in this or an earlier life of the request.

        What was under way when a life ended is done again, unless it is risky.

        Args:
            kind: What sort of thing it is.
            body: What is done, as JSON: equal bodies are the same thing, done one after the other.
            do: Does it and returns JSON. What it raises is not kept; a risky thing that raised is uncertain.
            risky: Whether it has effects outside, so that doing it twice would be wrong.

        Raises:
            Uncertain: It is risky, and an earlier life ended while it was under way.
        """
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False)
        key = digest(text)
        with self._lock:
            occurrence = self._seen[kind, key]
            self._seen[kind, key] += 1
        place = (self._request, kind, key, occurrence)
        kept = self._kept(place)
        if kept is not None:
            self._took(kept[1])
            return kept[0]
        self.check()
        if not self._begin(place, text) and risky:
            raise Uncertain(kind, body)
        started = time.monotonic()
        self._within.depth = self._depth + 1
        try:
            result = do()
        except BaseException:
            if not risky:
                self._forget(place)
            raise
        finally:
            self._within.depth -= 1
        seconds = time.monotonic() - started
        self._took(seconds)
        self._keep(place, result, seconds)
        return result

    @property
    def _depth(self) -> int:
        return int(getattr(self._within, "depth", 0))

    def _took(self, seconds: float) -> None:
        """Counts time; that of a thing within another is counted with the other."""
        if self._depth == 0:
            self._meter.add(seconds=seconds)

    def _kept(self, place: tuple[str, str, str, int]) -> tuple[Json, float] | None:
        rows = self._database.rows(f"SELECT result, seconds FROM operations {_WHERE}", place)
        if not rows or rows[0][0] is None:
            return None
        return self._database.parsed(rows[0][0], f"a {place[1]} of request {place[0]}"), float(rows[0][1])

    def _begin(self, place: tuple[str, str, str, int], text: str) -> bool:
        """Returns whether this is the first time that it is begun."""
        with self._database.transaction():
            written = self._database.write(
                "INSERT OR IGNORE INTO operations (request, kind, key, occurrence, body, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (*place, writable(text), now()),
            )
        return written == 1

    def _keep(self, place: tuple[str, str, str, int], result: Json, seconds: float) -> None:
        text = writable(json.dumps(result, ensure_ascii=False, allow_nan=False))
        with self._database.transaction():
            self._database.write(
                f"UPDATE operations SET result = ?, seconds = ? {_WHERE}", (text, seconds, *place)
            )

    def _forget(self, place: tuple[str, str, str, int]) -> None:
        with self._database.transaction():
            self._database.write(f"DELETE FROM operations {_WHERE}", place)


_WHERE = "WHERE request = ? AND kind = ? AND key = ? AND occurrence = ?"
