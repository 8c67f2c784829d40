"""Keeps one supervisor ready: proves it, replaces it when worn, and starts the next one ahead of need."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sandbox.interface import Limits, SandboxUnavailable
from sandbox.request import encode_calls
from sandbox.verdict import judge
from sandbox.zygote import Zygote, ZygoteLost, open_frame

CANDIDATES_PER_ZYGOTE = 5000  # fewer than `layout.USER_IDS`; to start the next costs as much as 100
CANDIDATES_AHEAD = 150  # how long before its end the successor is started
SECONDS_PER_ZYGOTE = 600.0
_CANARY_SOURCE = b"def canary(number):\n    return [number, number * 3]\n"
_CANARY_LIMITS = Limits(wall_seconds=10.0)

Starter = Callable[[], Zygote]  # raises SandboxUnavailable


class Pool:
    """The supervisor in use and, now and then, its successor. Not thread-safe: its owner takes turns."""

    def __init__(self, start: Starter) -> None:
        self._start = start
        self._current: Zygote | None = start_proven(start)
        self._successor: Future[Zygote] | None = None
        # One thread both starts and ends supervisors, so that no call waits for an engine to tidy up.
        self._background = ThreadPoolExecutor(1, thread_name_prefix="sandbox-pool")

    @property
    def current(self) -> Zygote | None:
        """The supervisor in use; None when it was dropped."""
        return self._current

    def ready(self) -> Zygote:
        """Returns a supervisor that is not worn out; raises SandboxUnavailable."""
        zygote = self._current
        if zygote is not None and _is_worn(zygote):
            self.drop()
        if self._current is None:
            self._current = self._take_successor() or start_proven(self._start)
        if self._successor is None and self._current.candidates >= CANDIDATES_PER_ZYGOTE - CANDIDATES_AHEAD:
            self._successor = self._background.submit(start_proven, self._start)
        return self._current

    def drop(self) -> None:
        """Ends the supervisor in use, in the background."""
        zygote, self._current = self._current, None
        if zygote is not None:
            self._background.submit(zygote.close)

    def close(self) -> None:
        """Ends every supervisor, and waits until each is gone."""
        self.drop()
        successor = self._take_successor()
        if successor is not None:
            successor.close()
        self._background.shutdown(wait=True)

    def _take_successor(self) -> Zygote | None:
        """Returns the successor if one was started and came up."""
        future, self._successor = self._successor, None
        if future is not None:
            with contextlib.suppress(SandboxUnavailable):
                return future.result()
        return None


def start_proven(start: Starter) -> Zygote:
    """Returns a supervisor that has answered a question whose answer is known."""
    zygote = start()
    request = encode_calls("canary", [[14]])
    try:
        reply = zygote.call(open_frame(_CANARY_SOURCE, _CANARY_LIMITS), request, _CANARY_LIMITS, final=True)
    except ZygoteLost as lost:
        zygote.close()
        raise SandboxUnavailable(f"it started but does not answer: {lost}") from lost
    outcome = judge(reply, request.count, _CANARY_LIMITS)
    if outcome.status != "returned" or outcome.results[0].value != [14, 42]:
        zygote.close()
        raise SandboxUnavailable(
            f"its canary should return [14, 42], found {outcome.status}: {outcome.error} {outcome.stdout}"
        )
    return zygote


def _is_worn(zygote: Zygote) -> bool:
    return zygote.candidates >= CANDIDATES_PER_ZYGOTE or time.monotonic() - zygote.born > SECONDS_PER_ZYGOTE
