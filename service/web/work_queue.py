"""Which request is worked on next: the one that has waited longest, but for those that are to rest."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterable

FIRST_REST = 2.0  # seconds; doubled by each failure in a row
LONGEST_REST = 300.0


class WorkQueue:
    """Requests that wait for work, each of them once; many threads may use it.

    Args:
        first_rest: Seconds that a request rests after its first failure.
    """

    def __init__(self, first_rest: float = FIRST_REST) -> None:
        self._first_rest = first_rest
        self._changed = threading.Condition()
        self._ready: dict[str, None] = {}  # in the order in which they came
        self._resting: dict[str, float] = {}  # until when
        self._wakings: list[tuple[float, str]] = []  # a heap of the same, and of rests that are over
        self._at_work: set[str] = set()
        self._wanted_again: set[str] = set()  # that something happened to while they were worked on
        self._failures: dict[str, int] = {}  # in a row
        self._closing = threading.Event()

    def put(self, request: str) -> None:
        """Has a request worked on, now, though it may be resting; once more, where it is being worked on."""
        with self._changed:
            self._resting.pop(request, None)
            self._add(request)

    def offer(self, requests: Iterable[str]) -> None:
        """Has those of some open requests worked on that are not known yet."""
        with self._changed:
            for request in requests:
                if request not in self._at_work and request not in self._resting:
                    self._add(request)

    def take(self, seconds: float) -> str | None:
        """Returns the next request to work on, None where there is none for so long, or no more are."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self.is_closed:
                self._end_rests()
                if self._ready:
                    request = next(iter(self._ready))
                    del self._ready[request]
                    self._at_work.add(request)
                    return request
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                next_end = self._wakings[0][0] - time.monotonic() if self._wakings else left
                self._changed.wait(max(0.0, min(left, next_end)))
        return None

    def done(self, request: str) -> None:
        """Is told that the work on a request is over for now."""
        with self._changed:
            self._failures.pop(request, None)
            self._leave(request)

    def failed(self, request: str) -> float:
        """Is told that the work on a request failed; returns for how many seconds it rests."""
        with self._changed:
            count = self._failures[request] = self._failures.get(request, 0) + 1
            seconds = float(min(self._first_rest * 2.0 ** min(count - 1, 30), LONGEST_REST))
            self._rest(request, seconds)
            return seconds

    def held(self, request: str, seconds: float) -> None:
        """Is told that somebody else works on a request, which is looked at again later."""
        with self._changed:
            self._rest(request, seconds)

    def pause(self, seconds: float) -> None:
        """Returns after some time, at once where the queue is closed."""
        self._closing.wait(seconds)

    def close(self) -> None:
        """Gives out nothing more."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is given out."""
        return self._closing.is_set()

    def _add(self, request: str) -> None:
        if request in self._at_work:
            self._wanted_again.add(request)
        elif request not in self._ready:
            self._ready[request] = None
            self._changed.notify()

    def _rest(self, request: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        if request not in self._wanted_again:
            self._resting[request] = until
            heapq.heappush(self._wakings, (until, request))
        self._leave(request)

    def _leave(self, request: str) -> None:
        self._at_work.discard(request)
        if request in self._wanted_again:
            self._wanted_again.discard(request)
            self._add(request)

    def _end_rests(self) -> None:
        while self._wakings and self._wakings[0][0] <= time.monotonic():
            until, request = heapq.heappop(self._wakings)
            if self._resting.get(request) == until:
                del self._resting[request]
                self._add(request)
