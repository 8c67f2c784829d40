"""Threads for what blocks: calls of tools have their own, so that a slow one keeps nobody from the list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

CALLS_AT_ONCE = 8  # more wait for their turn; each is a process in a sandbox
LOOKS_AT_ONCE = 4


class Calls:
    """Runs functions in threads.

    Whoever waits may be canceled: what has not begun is dropped then; what has, ends by its own limits, and
    nobody hears of it.
    """

    def __init__(self) -> None:
        self._slow = ThreadPoolExecutor(CALLS_AT_ONCE, "tool-call")
        self._quick = ThreadPoolExecutor(LOOKS_AT_ONCE, "look")
        self._running: set[Future[Any]] = set()

    async def slowly(self, do: Callable[[], T]) -> T:
        """Returns what a function returns that runs a tool."""
        return await self._run(self._slow, do)

    @property
    def are_under_way(self) -> bool:
        """Whether something still runs, though nobody may wait for it any more."""
        return any(future.running() for future in tuple(self._running))

    async def quickly(self, do: Callable[[], T]) -> T:
        """Returns what a function returns that only looks something up."""
        return await self._run(self._quick, do)

    async def _run(self, threads: ThreadPoolExecutor, do: Callable[[], T]) -> T:
        future = threads.submit(do)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Takes no more, and waits for none."""
        for threads in (self._slow, self._quick):
            threads.shutdown(wait=False, cancel_futures=True)
