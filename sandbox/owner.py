"""Who owns a container: a boot, a pid namespace, a process. By this mark orphans are told from others."""

from __future__ import annotations

import os
from pathlib import Path


def own_mark() -> str:
    """Returns the mark of this process."""
    return f"{_place()}/{os.getpid()}/{_start_time(os.getpid())}"


def is_dead(mark: str) -> bool:
    """Returns whether the marked process is known to be gone; where it cannot be known, it is not."""
    place, _, process = mark.partition("/")
    pid, _, started = process.partition("/")
    if place != _place() or not pid.isdigit():
        return False
    return _start_time(int(pid)) != started


def _place() -> str:
    """Returns the boot and the pid namespace in which a pid means this process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return "unknown"


def _start_time(pid: int) -> str | None:
    """Returns when a process started, in clock ticks since boot: pids are used again, this is not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[19]
