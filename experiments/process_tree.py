"""What a program and all its processes cost, orphans included.

`watch` makes this process the one that orphans of its descendants fall to (Linux's child subreaper), so that
a worker whose driver is killed stays in view, and its processor time counts.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Watched:
    """What became of a program.

    Attributes:
        returncode: Its exit status; None where the limit ended it.
        wall: Seconds until it ended.
        cpu: Processor seconds of all its processes.
        peak_memory: Bytes of all its processes together (proportional set size), as seen four times a second.
        left_behind: Names of its processes that lived on after `linger` seconds.
    """

    returncode: int | None
    wall: float
    cpu: float
    peak_memory: int
    left_behind: tuple[str, ...]


@dataclass(frozen=True)
class Watch:
    """How a program is watched.

    Attributes:
        limit: Seconds after which it is ended.
        linger: Seconds that its processes get to end after it has.
        kill_when: Asked at every look; where it says yes, the program alone is killed (SIGKILL).
    """

    limit: float
    linger: float = 5.0
    kill_when: Callable[[], bool] | None = None


def watch(command: list[str], directory: Path, environment: Mapping[str, str], how: Watch) -> Watched:
    """Runs a program to its end and ends what it leaves behind; its output goes to `directory`/output.txt."""
    _become_subreaper()
    before, began = _children_cpu(), time.perf_counter()
    others = set(descendants(os.getpid()))
    with (directory / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        peak = _until_end(process, how)
    wall = time.perf_counter() - began
    in_time = process.returncode is not None
    if not in_time:
        process.kill()
        process.wait()
    left = _lingering(others, how.linger)
    _end(others)
    return Watched(process.returncode if in_time else None, wall, _children_cpu() - before, peak, left)


def descendants(pid: int) -> list[int]:
    """Returns the processes under `pid`, zombies left out."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(parent), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def memory(pids: list[int]) -> int:
    """Returns the bytes that processes hold together; what they share counts once."""
    total = 0
    for pid in pids:
        with suppress(OSError):  # it has ended meanwhile
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += 1024 * int(line.split()[1])
    return total


def _until_end(process: subprocess.Popen[bytes], how: Watch) -> int:
    """Looks at the program until it ends, is killed, or the limit is reached; returns its peak memory."""
    deadline, peak = time.monotonic() + how.limit, 0
    while time.monotonic() < deadline:
        peak = max(peak, memory([process.pid, *descendants(process.pid)]))
        if how.kill_when is not None and how.kill_when():
            process.send_signal(signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            break
    return peak


def _lingering(others: set[int], seconds: float) -> tuple[str, ...]:
    """Returns the names of the processes that are left after at most so many seconds."""
    deadline = time.monotonic() + seconds
    while left := set(descendants(os.getpid())) - others:
        if time.monotonic() > deadline:
            break
        _reap(left)
        time.sleep(_LOOK_SECONDS)
    return tuple(sorted(map(_name, left)))


def _name(pid: int) -> str:
    """Returns a process's name, with the module or script that a Python runs."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        told = [Path(word).name for word in words if word and not word.startswith("-")]
        return " ".join(told[:2])[:80]
    return "?"


def _end(others: set[int]) -> None:
    """Kills what is left and takes in its processor time."""
    while left := set(descendants(os.getpid())) - others:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
        _reap(left)
    _reap(set(_zombies(os.getpid())) - others)


def _zombies(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, above = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state == "Z" and int(above) == parent:
                    found.append(int(entry.name))
    return found


def _reap(pids: set[int]) -> None:
    """Waits for those of the processes that are this one's children and have ended."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _children_cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _become_subreaper() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl: expected Linux, where orphans can be adopted")
