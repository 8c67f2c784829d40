"""What an attack is: hostile source, the property that must hold, and what must be true afterwards.

A sandbox that fails every call would survive everything. So after each attack a benign candidate must give the
right answer by the same path, and a probe must find nothing that the attack left. Nothing here needs pytest:
the same attacks run under another user id, in an interpreter without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox import Limits, Outcome, Sandbox
from sandbox.interface import Value

LIMITS = Limits(wall_seconds=10.0)  # time enough on a busy machine
HURRIED = Limits(wall_seconds=0.5)  # for what can end by the clock only

BENIGN = """
import json, math
import numpy as np
def benign(numbers):
    return [sorted(numbers), len(numbers), json.loads(json.dumps([math.sqrt(4)])), np.cumsum(numbers).tolist()]
"""
RIGHT_ANSWER = [[1, 2, 3], 3, [2.0], [3, 4, 6]]

PROBE = """
import os
def exists(pid):
    try: os.kill(pid, 0)
    except ProcessLookupError: return False
    except PermissionError: pass
    return True
def probe():
    pids = [pid for pid in range(2, os.getpid()) if exists(pid)]
    try:
        shared = open("/proc/sysvipc/shm").read().count("\\n") - 1
    except OSError:
        shared = 0
    marks = []
    for folder in ["/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/dev", "/scratch", "/packages", "/door"]:
        if os.path.lexists(folder + "/mark"):
            marks.append(folder)
    space = os.statvfs(".")
    return {"pids": pids, "scratch": os.listdir("."), "shared": shared, "marks": marks,
            "full": space.f_bavail * space.f_bsize < 1 << 20, "no inodes": space.f_files > 0 and space.f_favail < 50}  # gVisor does not count them
"""
NOTHING_LEFT = {"pids": [], "scratch": [], "shared": 0, "marks": [], "full": False, "no inodes": False}


@dataclass(frozen=True)
class Attack:
    """A hostile `f()`, the outcomes that keep the property, and what else must be true of the outcome."""

    holds: str
    source: str
    endings: frozenset[str]
    also: Callable[[Outcome], bool]
    limits: Limits
    witness: str | None  # a later candidate, whose `f()` must return `witnessed`
    witnessed: Value
    or_on_gvisor: Callable[[Outcome], bool] = lambda _: False  # an outcome that keeps the property there, too


def attack(
    holds: str,
    source: str,
    *endings: str,
    also: Callable[[Outcome], bool] = lambda _: True,
    limits: Limits | None = None,
    witness: str | None = None,
    witnessed: Value = None,
) -> Attack:
    """Returns an attack that must end in one of `endings`, "returned" unless given."""
    limits = limits or (HURRIED if endings == ("timed_out",) else LIMITS)
    return Attack(holds, source, frozenset(endings or ("returned",)), also, limits, witness, witnessed)


def or_on_gvisor(case: Attack, also: Callable[[Outcome], bool]) -> Attack:
    """Returns an attack that gVisor may hold in another way, told by the outcome."""
    return replace(case, or_on_gvisor=also)


def find_fault(box: Sandbox, case: Attack) -> str | None:
    """Returns None where the sandbox held, else what was found."""
    outcome = box.call(case.source, "f", [[]], limits=case.limits)
    if not _is_held(case, outcome, box.backend):
        return f"expected {sorted(case.endings)}, found {outcome!r:.600}"
    if case.witness is not None:
        seen = box.call(case.witness, "f", [[]], limits=LIMITS)
        if [result.value for result in seen.results] != [case.witnessed]:
            return f"the next candidate should find {case.witnessed!r}, found {seen!r:.600}"
    benign = box.call(BENIGN, "benign", [[[3, 1, 2]]], limits=LIMITS)
    if [result.value for result in benign.results] != [RIGHT_ANSWER]:
        return f"the benign candidate after it failed: {benign!r:.600}"
    probe = box.call(PROBE, "probe", [[]], limits=LIMITS)
    if [result.value for result in probe.results] != [NOTHING_LEFT]:
        return f"the probe after it found {probe!r:.600}"
    return None


def _is_held(case: Attack, outcome: Outcome, backend: str) -> bool:
    if backend == "docker-runsc" and case.or_on_gvisor(outcome):
        return True
    return outcome.status in case.endings and case.also(outcome)


def refused(outcome: Outcome) -> bool:
    """Whether the call ended in an error of the operating system."""
    return all(not result.ok and "Errno" in str(result.error) for result in outcome.results)


def failed(outcome: Outcome) -> bool:
    """Whether the call ended in any exception."""
    return all(not result.ok for result in outcome.results)


def gives(value: object) -> Callable[[Outcome], bool]:
    """Returns a check that the call, where it returned, gave exactly this value."""
    return lambda outcome: all(result.ok and result.value == value for result in outcome.results)


def syscall(number_x86: int, number_arm: int, *arguments: str) -> str:
    """Returns a program that makes one system call by number and raises what the kernel answers."""
    return f"""
import ctypes, os, platform
def f():
    libc = ctypes.CDLL(None, use_errno=True)
    number = {number_x86} if platform.machine() == "x86_64" else {number_arm}
    if libc.syscall(number, {", ".join(arguments) or "0"}) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "succeeded"
"""
