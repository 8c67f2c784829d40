"""Carries one request to a candidate and one record back, with an eye on the clock and on the owner.

Runs inside the sandbox, in the supervisor. The candidate's bytes are counted and passed on, never parsed:
two lengths are read to know where the first record ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import select
import time
from collections.abc import Callable
from typing import Literal

from sandbox import wire
from sandbox.candidate import PID_BYTES, Candidate
from sandbox.census import PAUSE

End = Literal["record", "exit", "deadline", "cpu", "memory", "oversize", "forged", "setup"]

_CHUNK = 1 << 18
_SECONDS_TO_EXIT = 0.1
_PIPE_BYTES = 1 << 16  # what a pipe holds unless asked for more
_LARGE_PIPE_BYTES = 1 << 20  # what anybody may ask for
_LONGEST_POLL = PAUSE  # how long nobody looks at what is used
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class OwnerGone(Exception):
    """The trusted side closed its end; nothing is left to live for."""


class Relay:
    """One request on its way through one candidate."""

    def __init__(self, candidate: Candidate, owner: int, request: memoryview, limit: int) -> None:
        self._candidate = candidate
        self._owner = owner
        self._left = request
        self._limit = limit
        self._deadline = self._cpu = 0.0
        self._at_deadline: End = "deadline"
        self._poller = select.poll()
        self._handlers: dict[int, Callable[[int], End | None]] = {}

    def run(self, deadline: float, cpu: float) -> End:
        """Returns how the request ended: by `deadline`, and within `cpu` seconds since the one before it.

        What runs on between requests counts, too. Raises OwnerGone.
        """
        self._deadline, self._cpu = deadline, cpu
        self._widen()
        self._watch_all()
        try:
            return self._poll()
        finally:
            self._handlers.clear()  # they refer back to this relay, which would keep the request alive

    def _widen(self) -> None:
        """Lets a large request, and an answer of its size, pass through the pipes in one go."""
        if len(self._left) > _PIPE_BYTES:
            for descriptor in (self._candidate.requests, self._candidate.results):
                with contextlib.suppress(OSError):  # gVisor, or a user with too many wide pipes
                    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _LARGE_PIPE_BYTES)

    def _poll(self) -> End:
        while (seconds := self._deadline - time.monotonic()) > 0:
            excess = self._candidate.excess(self._cpu)
            if excess is not None:
                return excess
            if self._candidate.watch is None:
                seconds = min(seconds, 0.01)
                if self._has_exited():
                    return self._exited(0)
            for descriptor, events in self._poller.poll(math.ceil(min(seconds, _LONGEST_POLL) * 1000)):
                end = self._handlers[descriptor](events) if descriptor in self._handlers else None
                if end is not None:
                    return end
        return self._at_deadline

    def _watch_all(self) -> None:
        candidate = self._candidate
        self._watch(self._owner, 0, self._owner_left)  # a hang-up is reported without being asked for
        self._watch(candidate.results, select.POLLIN, self._answered)
        self._watch(candidate.output, select.POLLIN, self._printed)
        self._watch(candidate.requests, select.POLLOUT, self._accepts)
        if candidate.watch is not None:
            self._watch(candidate.watch, select.POLLIN, self._exited)

    def _watch(self, descriptor: int, events: int, handler: Callable[[int], End | None]) -> None:
        self._poller.register(descriptor, events)
        self._handlers[descriptor] = handler

    def _forget(self, descriptor: int) -> None:
        if self._handlers.pop(descriptor, None) is not None:
            self._poller.unregister(descriptor)

    def _owner_left(self, events: int) -> None:
        if events & _GONE:
            raise OwnerGone

    def _accepts(self, _: int) -> None:
        try:
            self._left = self._left[os.write(self._candidate.requests, self._left) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = memoryview(b"")
        if not self._left:
            self._forget(self._candidate.requests)

    def _printed(self, _: int) -> None:
        if not self._candidate.drain_output():
            self._forget(self._candidate.output)

    def _answered(self, _: int) -> End | None:
        """Reads what the candidate wrote; the first whole record ends the request."""
        try:
            count = self._candidate.inbox.fill(self._candidate.results)
        except BlockingIOError:
            return None
        if not count:
            self._await_exit()
        return self._judge()

    def _await_exit(self) -> None:
        """Gives a process that can answer no more a moment to end by itself, so that its own end is told."""
        self._forget(self._candidate.results)
        self._deadline = min(self._deadline, time.monotonic() + _SECONDS_TO_EXIT)
        self._at_deadline = self._unanswered()

    def _unanswered(self) -> End:
        return "setup" if self._candidate.inner_pid is None else "exit"

    def _judge(self) -> End | None:
        inbox = self._candidate.inbox
        if self._candidate.inner_pid is None:
            if len(inbox) < PID_BYTES:
                return None
            self._candidate.inner_pid = int.from_bytes(inbox.take(PID_BYTES), "little")
        if len(inbox) < wire.LENGTHS.size:
            return None
        size = wire.frame_size(inbox.held)
        if size > self._limit:
            return "oversize"
        if len(inbox) < size:
            return None
        return "record" if len(inbox) == size else "forged"

    def _exited(self, _: int) -> End:
        """Reads what was still in the pipe; descendants that hold it open are not waited for."""
        for _ in range(self._limit // _CHUNK + 2):
            before = len(self._candidate.inbox)
            end = self._answered(0)
            if end is not None:
                return end
            if len(self._candidate.inbox) == before:
                break
        return self._unanswered()

    def _has_exited(self) -> bool:
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._candidate.pid, options) is not None
