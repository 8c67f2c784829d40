"""Works on requests in the background, as they come."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from agent.errors import StepRefused
from agent.request import State
from service.errors import expected

if TYPE_CHECKING:
    from agent.requests.request_store import Listener, RequestEvent, RequestStore
    from agent.worker import Worker

LOOK_SECONDS = 5.0  # how often to look for what another process has filed, answered or left
RETRY_SECONDS = 15.0  # before a model or a sandbox that failed is tried again

_log = logging.getLogger(__name__)


class RequestWorkers:
    """Threads that take one open request at a time.

    Args:
        requests: Where they are filed.
        open_worker: Opens what is worked with, when there is work for the first time.
        threads: How many requests are worked on side by side; 0: none are.
    """

    def __init__(
        self,
        requests: RequestStore,
        open_worker: Callable[[], AbstractContextManager[Worker]],
        threads: int = 1,
    ) -> None:
        self._requests = requests
        self._open_worker = open_worker
        self._news = threading.Condition()
        self._at_work: set[str] = set()
        self._not_before: dict[str, float] = {}  # those that another process is at
        self._ends = False
        self.fault = ""  # why no work is done, in words; "" where nothing is wrong
        self._listeners: list[Listener] = []
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begins to work."""
        self._forget = self._requests.subscribe(self._on_event)
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Takes no more requests; what is under way goes on when the server starts again."""
        self._forget()
        with self._news:
            self._ends = True
            self._news.notify_all()
        for thread in self._threads:
            thread.join(seconds / len(self._threads))

    def subscribe(self, listener: Listener) -> None:
        """Has a listener told of what the work does to requests."""
        self._listeners.append(listener)

    def _on_event(self, event: RequestEvent) -> None:
        if event.kind in ("created", "answered"):
            with self._news:
                self._news.notify_all()

    @property
    def count(self) -> int:
        """How many requests are worked on side by side."""
        return len(self._threads)

    def _work(self) -> None:
        while (request := self._next()) is not None:
            try:
                with self._open_worker() as worker:
                    worker.store.subscribe(self._tell)
                    self.fault = ""
                    self._work_with(worker, request)
            except expected() as error:
                self.fault = str(error)
                _log.warning("no request is worked on: %s", error)
                with self._news:
                    self._news.wait_for(lambda: self._ends, RETRY_SECONDS)
            finally:
                self._leave(request)

    def _tell(self, event: RequestEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def _work_with(self, worker: Worker, first: str) -> None:
        request: str | None = first
        while request is not None:
            try:
                worker.run(request)
            except StepRefused:  # another process is at it
                self._not_before[request] = time.monotonic() + LOOK_SECONDS
            finally:
                self._leave(request)
            request = self._next()

    def _leave(self, request: str) -> None:
        with self._news:
            self._at_work.discard(request)

    def _next(self) -> str | None:
        """Returns a request to work on, waiting for one; None where the work is to end."""
        with self._news:
            while not self._ends:
                for found in self._requests.all([State.NOT_STARTED, State.IN_PROGRESS]):
                    if self._is_free(found.id):
                        self._at_work.add(found.id)
                        return found.id
                self._news.wait(LOOK_SECONDS)
        return None

    def _is_free(self, request: str) -> bool:
        return request not in self._at_work and self._not_before.get(request, 0.0) <= time.monotonic()
