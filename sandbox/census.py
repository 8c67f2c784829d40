"""What all processes of a candidate use together. Runs inside the sandbox, in the supervisor.

The kernel bounds each process by itself, and a container as a whole; bubblewrap has no container. So the
supervisor adds up what `/proc` tells, while a request runs and while a session waits for its next one.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.confinement import Bounds

Excess = Literal["cpu", "memory"]

PAUSE = 0.05  # seconds between two looks
_LONGEST_PAUSE = 0.25
_SHARE = 20  # a look that takes long is taken less often: one part in so many of the supervisor's time
_SLACK = 32 << 20  # what a process inherited and has written to since
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_OOM_COUNTERS = (  # cgroup v2, then v1; both have a line "oom_kill N"
    "/sys/fs/cgroup/memory.events",
    "/sys/fs/cgroup/memory/memory.oom_control",
)
_GROUP_USAGE = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


@dataclass(frozen=True)
class Inheritance:
    """What was so before the candidate: bytes that every fork shares, and processes killed for memory."""

    bytes: int
    kills: int


class Census:
    """Counts the processes of one candidate, now and then."""

    def __init__(
        self, bounds: Bounds, inherited: Inheritance, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds = bounds
        self._inherited = inherited
        self._clock = clock
        self._due = clock() + PAUSE
        self._cpu = self._cpu_before = 0.0
        self._found: Excess | None = None

    def begin_request(self) -> None:
        """Counts CPU time from now on, as far as it is known."""
        self._cpu_before = self._cpu

    def excess(self, cpu: float) -> Excess | None:
        """Returns what was used too much of: more than the bounds, or than `cpu` seconds since a request.

        It is looked for when that is due; once found it stays.
        """
        started = self._clock()
        if self._found is None and started >= self._due:
            self._found = self._look(cpu)
            ended = self._clock()
            self._due = ended + min(max(PAUSE, _SHARE * (ended - started)), _LONGEST_PAUSE)
        return self._found

    def _look(self, cpu: float) -> Excess | None:
        pids = _others()
        self._cpu = sum(map(_cpu_seconds, pids))
        if self._cpu > self._bounds["cpu"] or self._cpu - self._cpu_before > cpu:
            return "cpu"
        if count_out_of_memory_kills() > self._inherited.kills or self._is_full(pids):
            return "memory"
        return None

    def _is_full(self, pids: list[str]) -> bool:
        """Returns whether the memory is too much, even where pages that several share are counted once."""
        limit = self._bounds["memory"] + _SLACK
        if sum(max(0, own_bytes(pid) - self._inherited.bytes) for pid in pids) <= limit:
            return False
        exact = [figure for figure in (_group_bytes(), _proportional_bytes(pids)) if figure is not None]
        return all(figure - self._inherited.bytes > limit for figure in exact)


def count_out_of_memory_kills() -> int:
    """Returns how often the kernel killed for memory in this container; 0 where it cannot be known."""
    counter = _out_of_memory_counter()
    text = os.pread(counter, 1 << 12, 0) if counter is not None else b""
    _, _, rest = text.partition(b"oom_kill ")
    return int(rest.split()[0]) if rest else 0


@functools.cache
def _out_of_memory_counter() -> int | None:
    """Returns a descriptor of the file that counts, open for good: it is read after every candidate."""
    for path in _OOM_COUNTERS:
        with contextlib.suppress(OSError):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return None


def own_bytes(pid: str) -> int:
    """Returns the resident bytes of a process that are no file's; 0 when it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm", "rb") as file:
        _, resident, shared, *_ = map(int, file.read().split())
        return (resident - shared) * _PAGE
    return 0


def _others() -> list[str]:
    """Returns every process here but the supervisor."""
    own = str(os.getpid())
    return [name for name in os.listdir("/proc") if name.isdecimal() and name != own]


def _cpu_seconds(pid: str) -> float:
    """Returns the CPU time of a process and of the children that it has waited for."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return sum(map(int, file.read().rpartition(b")")[2].split()[11:15])) / _TICKS
    return 0.0


def _group_bytes() -> int | None:
    """Returns what the container uses; None where there is none."""
    for path in _GROUP_USAGE:
        with contextlib.suppress(OSError), open(path) as file:
            return int(file.read())
    return None


def _proportional_bytes(pids: list[str]) -> int | None:
    """Returns what processes use, each shared page counted once; None where the kernel does not tell."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
        except ProcessLookupError:
            continue  # it has ended, and holds nothing any more
        except OSError:
            if os.path.exists(f"/proc/{pid}/statm"):  # it did not just end: it may not be asked, or cannot
                return None
    return total
