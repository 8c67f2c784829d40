"""The semaphore of `multiprocessing` where there is no shared memory to keep one in. Runs inside the sandbox.

Locks, queues and pools of processes are made of `_multiprocessing.SemLock`, which needs /dev/shm. This one
is an event counter of the kernel (eventfd), which a fork inherits. The standard library is all it may use.
"""

from __future__ import annotations

import importlib
import os
import select
import sys
import threading
import time

_RECURSIVE = 0  # the other kind, 1, is a plain semaphore


class EventSemaphore:
    """Stands in for `_multiprocessing.SemLock`, with its attributes and methods."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = None if unlink else name
        self.handle = os.eventfd(value, os.EFD_SEMAPHORE | os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._held = 0
        self._owner = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Takes one, waiting if need be; returns whether it was had."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._held += 1
            return True
        deadline = None if timeout is None else time.monotonic() + max(timeout, 0.0)
        while not self._take():
            left = None if deadline is None else deadline - time.monotonic()
            if not block or (left is not None and left <= 0):
                return False
            select.select([self.handle], [], [], left)
        self._held += 1
        self._owner = threading.get_ident()
        return True

    def release(self) -> None:
        """Gives one back."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self.maxvalue == 1 and not self._is_zero():
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        os.eventfd_write(self.handle, 1)

    def _take(self) -> bool:
        try:
            os.eventfd_read(self.handle)
        except BlockingIOError:
            return False
        return True

    def _is_mine(self) -> bool:
        return self._held > 0 and self._owner == threading.get_ident()

    def _is_zero(self) -> bool:
        return not select.select([self.handle], [], [], 0)[0]

    def _count(self) -> int:
        return self._held

    def _get_value(self) -> int:
        raise NotImplementedError  # as on macOS; queues cannot tell their size then

    def _after_fork(self) -> None:
        self._held = 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        os.close(self.handle)


def install() -> None:
    """Makes `multiprocessing` use these."""
    vars(importlib.import_module("_multiprocessing")).update(SemLock=EventSemaphore)
    sys.modules.pop("multiprocessing.synchronize", None)  # it may hold the other one
    importlib.import_module("multiprocessing.heap").Arena._dir_candidates = []  # shared values go to scratch
