"""How much memory and how many cores a process may have here, limits of its control group included."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/")

# By version of the interface of control groups.
_LIMIT_AND_USE = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    2: ("memory.max", "memory.current"),
}
_FILE_PAGES = {1: "total_inactive_file", 2: "inactive_file"}


def available_memory(root: Path = ROOT) -> int:
    """Returns the bytes that can be taken without swapping or breaking a limit.

    Args:
        root: Where `proc` and `sys` are found.
    """
    return max(0, min([_free_in_machine(root), *_free_in_groups(root)]))


def available_cores(root: Path = ROOT) -> int:
    """Returns the cores this process may use at once, 1 or more: by affinity and by its group's quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([affinity, *_quotas(root)]))


def give_back_freed() -> None:
    """Hands memory that was freed back to the machine; C libraries keep tens of megabytes otherwise."""
    with suppress(OSError, AttributeError, TypeError):  # not every C library can
        ctypes.CDLL(None).malloc_trim(0)


def _free_in_machine(root: Path) -> int:
    for line in _text(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    # Not Linux: half of what is built in, as far as the system tells.
    names = os.sysconf_names if hasattr(os, "sysconf") else {}
    if {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(names):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 4 << 30


def _free_in_groups(root: Path) -> Iterator[int]:
    """Yields what is left in each limited group around the process; pages of files are given back first."""
    for folder, version in _groups(root, "memory"):
        most, now = (_number(folder / name) for name in _LIMIT_AND_USE[version])
        if most is not None and now is not None:
            yield most - now + _reclaimable(folder, _FILE_PAGES[version])


def _reclaimable(folder: Path, name: str) -> int:
    for line in _text(folder / "memory.stat").splitlines():
        word, _, number = line.partition(" ")
        if word == name and number.isdigit():
            return int(number)
    return 0


def _quotas(root: Path) -> Iterator[int]:
    """Yields the cores that each group's quota amounts to, rounded up."""
    for folder, version in _groups(root, "cpu"):
        if version == 2:
            quota, _, period = _text(folder / "cpu.max").strip().partition(" ")
        else:
            quota = _text(folder / "cpu.cfs_quota_us").strip()
            period = _text(folder / "cpu.cfs_period_us").strip()
        if quota.isdigit() and period.isdigit() and int(period) and int(quota):
            yield math.ceil(int(quota) / int(period))


def _groups(root: Path, controller: str) -> Iterator[tuple[Path, int]]:
    """Yields the folders of the process's group and of those around it, with the interface's version."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and controller not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup"
        for mount in {base / controllers, base / controller} if controllers else {base}:
            folder = mount / path.lstrip("/")
            # In a container the path is often the host's, and its own group stands at the mount itself.
            for each in (folder, *folder.parents):
                if each.is_relative_to(mount):
                    yield each, 1 if controllers else 2


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdigit() else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
