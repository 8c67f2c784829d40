"""Works on requests in the background, as they come."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from agent.errors import RequestNotFound, StepRefused
from service.errors import expected
from service.web.work_queue import WorkQueue

if TYPE_CHECKING:
    from agent.requests.request_store import Listener, RequestEvent, RequestStore
    from agent.worker import Worker

LOOK_SECONDS = 5.0  # how often to look for what another process has filed, answered or left
LONGEST_PAUSE = 15.0  # of a thread, where request after request fails
FAILURES_OF_A_WORKER = 2  # in a row, before it is opened anew
CALLING = frozenset({"created", "answered", "updated"})  # events after which there may be work

_log = logging.getLogger(__name__)


class RequestWorkers:
    """Threads that take one open request at a time.

    A request whose work fails, by the model, the sandbox or a mistake of ours, rests, longer from failure to
    failure, and the next one is worked on. Where one after the other fails, the thread pauses as well, so
    that a model that is down is not asked a thousand times.

    Args:
        requests: Where they are filed; its listeners hear of what is filed and answered.
        open_worker: Opens what one thread works with, when there is work for the first time.
        threads: How many requests are worked on side by side; 0: none are.
        queue: Says which is next.
    """

    def __init__(
        self,
        requests: RequestStore,
        open_worker: Callable[[], AbstractContextManager[Worker]],
        threads: int = 1,
        queue: WorkQueue | None = None,
    ) -> None:
        self._requests = requests
        self._open_worker = open_worker
        self._queue = queue or WorkQueue()
        self._failures = 0  # in a row, of all threads
        self.fault = ""  # why no work is done, in words; "" where nothing is wrong
        self._listeners: list[Listener] = []
        self._threads = [
            threading.Thread(target=self._work, name=f"request worker {number}", daemon=True)
            for number in range(threads)
        ]
        self._looking = threading.Thread(target=self._look, name="request looker", daemon=True)

    @property
    def count(self) -> int:
        """How many requests are worked on side by side."""
        return len(self._threads)

    def start(self) -> None:
        """Begins to work."""
        self._forget = self._requests.subscribe(self._on_event)
        if self._threads:
            for thread in (self._looking, *self._threads):
                thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Takes no more requests; what is under way goes on when the server starts again."""
        self._forget()
        self._queue.close()
        deadline = time.monotonic() + seconds
        for thread in (self._looking, *self._threads):
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def subscribe(self, listener: Listener) -> None:
        """Has a listener told of what the work does to requests."""
        self._listeners.append(listener)

    def _on_event(self, event: RequestEvent) -> None:
        if event.kind in CALLING:
            self._queue.put(event.request)

    def _tell(self, event: RequestEvent) -> None:
        if event.kind == "created":  # the agent files requests, too
            self._queue.put(event.request)
        for listener in tuple(self._listeners):
            listener(event)

    def _look(self) -> None:
        """Looks now and then for what other processes have filed, answered or left."""
        while not self._queue.is_closed:
            try:
                self._queue.offer(self._requests.open_ids())
            except expected() as error:
                self.fault = str(error)
                _log.warning("open requests cannot be read: %s", error)
            self._queue.pause(LOOK_SECONDS)

    def _work(self) -> None:
        while not self._queue.is_closed:
            request = self._queue.take(LOOK_SECONDS)
            if request is not None:
                self._open_and_work(request)

    def _open_and_work(self, first: str) -> None:
        """Works on a request and on what comes after it, until two in a row fail: it may be the worker."""
        request: str | None = first
        try:
            with self._open_worker() as worker:
                forget = worker.store.subscribe(self._tell)
                try:
                    failures = 0
                    while request is not None and failures < FAILURES_OF_A_WORKER:
                        failures = 0 if self._is_done(worker, request) else failures + 1
                        request = self._next() if failures < FAILURES_OF_A_WORKER else None
                finally:
                    forget()
        except Exception as error:  # noqa: BLE001 - it could not be opened or closed: others may be
            self._failed(request, error)

    def _next(self) -> str | None:
        """Returns the next request, waiting for it; None where the work is to end."""
        while not self._queue.is_closed:
            request = self._queue.take(LOOK_SECONDS)
            if request is not None:
                return request
        return None

    def _is_done(self, worker: Worker, request: str) -> bool:
        """Returns whether a turn of work on a request went well; where it did not, the request rests."""
        try:
            worker.run(request)
        except StepRefused:  # another process is at it
            self._queue.held(request, LOOK_SECONDS)
        except RequestNotFound:
            self._queue.done(request)
        except Exception as error:  # noqa: BLE001 - whatever it was, the other requests are worked on
            self._failed(request, error)
            return False
        else:
            self._queue.done(request)
            self._failures, self.fault = 0, ""
        return True

    def _failed(self, request: str | None, error: Exception) -> None:
        """Has a request rest, and the thread as well, where others have failed before it."""
        if self._queue.is_closed:  # what it worked with is being closed
            return
        rest = 0.0 if request is None else self._queue.failed(request)
        self._failures += 1
        if isinstance(error, expected()):
            self.fault = str(error)
            _log.warning("request %s rests for %.0f s: %s", request, rest, error)
        else:
            self.fault = f"{type(error).__name__}: {error}"
            _log.error("request %s rests for %.0f s", request, rest, exc_info=error)
        if self._failures > 1:
            self._queue.pause(min(0.5 * 2.0 ** min(self._failures, 10), LONGEST_PAUSE))
