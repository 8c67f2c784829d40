"""Follows a request until it ends, asks something, or the caller's time is over."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from agent.request import ENDED, Request, State
from agent.requests.request_store import RequestEvent, RequestStore
from agent.worker import INTERRUPTED
from service.web.request_workers import RequestWorkers

LOOK_SECONDS = 1.0  # how often to look for what another process has done
FAULT_SECONDS = 20.0  # a fault of before the call may be mended at the next try

_Follower = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class ChatWatch:
    """Wakes those who follow requests.

    Args:
        requests: The requests.
        workers: Those who work on them.
    """

    def __init__(self, requests: RequestStore, workers: RequestWorkers) -> None:
        self._requests = requests
        self._workers = workers
        self._lock = threading.Lock()
        self._followers: dict[str, list[_Follower]] = {}
        requests.subscribe(self._hear)
        workers.subscribe(self._hear)

    async def follow(
        self, id: str, after: int, seconds: float, patience: float = 0.0
    ) -> AsyncGenerator[list[RequestEvent], None]:
        """Yields what happens to a request, in portions; an empty one is a sign of life.

        Ends where the request has ended or waits for its user, where nobody works on it, and when the time
        is over.

        Args:
            id: The request.
            after: Number of the last event that is known.
            seconds: For how long.
            patience: For how many seconds a fault may be mended; what `patience` said before the filing.
        """
        begun = time.monotonic()
        deadline = begun + seconds
        last: RequestEvent | None = None
        with self._following(id) as news:
            while True:
                events, found = await asyncio.to_thread(self._look, id, after)
                after = events[-1].number if events else after
                yield events
                now, last = time.monotonic(), events[-1] if events else last
                is_stuck = bool(self.fault) and now >= begun + patience and _rests(found, last)
                if is_over(found) or now >= deadline or is_stuck:
                    return
                await _wait(news, min(LOOK_SECONDS, deadline - now))

    def patience(self) -> float:
        """Returns for how many seconds a fault of now may be mended; a later one is the request's own."""
        return FAULT_SECONDS if self._workers.fault else 0.0

    @property
    def fault(self) -> str:
        """Why no request is worked on; "" where nothing is wrong."""
        if not self._workers.count:
            return "this server works on no requests (--workers 0)"
        return self._workers.fault

    def _look(self, id: str, after: int) -> tuple[list[RequestEvent], Request]:
        """Returns what happened, and the request as it was no later than that."""
        found = self._requests.get(id)
        return self._requests.events(id, after), found

    @contextmanager
    def _following(self, id: str) -> Iterator[asyncio.Event]:
        follower = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._followers.setdefault(id, []).append(follower)
        try:
            yield follower[1]
        finally:
            with self._lock:
                self._followers[id].remove(follower)
                if not self._followers[id]:
                    del self._followers[id]

    def _hear(self, event: RequestEvent) -> None:
        with self._lock:
            followers = tuple(self._followers.get(event.request, ()))
        for loop, news in followers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)


def is_over(found: Request) -> bool:
    """Tells whether a request has something to say: it has ended, or asks."""
    return found.state in ENDED or found.state is State.WAITING_FEEDBACK


def _rests(found: Request, last: RequestEvent | None) -> bool:
    """Tells whether the work on a request has not begun, or has been broken off."""
    is_broken_off = last is not None and str(last.detail.get("text", "")).startswith(INTERRUPTED)
    return found.state is State.NOT_STARTED or is_broken_off


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return
    finally:
        news.clear()
