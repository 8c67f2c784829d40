"""Ends what a killed owner leaves behind: a small process of its own that waits for its owner's end.

Ray's agents notice the death of their driver only after minutes. The watch holds the reading end of a pipe
whose writing end the owner holds: when it closes, for whatever reason, the processes that it was told of get
a moment to end by themselves, with all that they have started, and are killed if they have not.

Run as a script by `start_watch`; imports the standard library only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

GRACE_SECONDS = 2.0
_STEP_SECONDS = 0.1


def start_watch(spared: Collection[int] = ()) -> subprocess.Popen[bytes]:
    """Starts a watch over the present descendants of this process; it acts once its `stdin` is closed.

    Args:
        spared: Descendants that were there before, and are none of ours: whatever else our user has started.
    """
    doomed = [f"{pid}:{_start_time(pid)}" for pid in descendants(os.getpid()) if pid not in spared]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, *doomed],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the owner's terminal is not for the watch
    )


def end_watch(watch: subprocess.Popen[bytes]) -> None:
    """Lets the watch end, and waits for it."""
    if watch.stdin is not None:
        watch.stdin.close()
    watch.wait(timeout=GRACE_SECONDS + 10)


def descendants(root: int) -> list[int]:
    """Returns the process ids of a process's children, their children, and so on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None:
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, frontier = [], [root]
    while frontier:
        frontier = [child for parent in frontier for child in children.get(parent, [])]
        found += frontier
    return found


def _stat(pid: int) -> list[str] | None:
    """Returns the fields of /proc/PID/stat after the name (state, parent, ...), None if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _start_time(pid: int) -> str:
    """Returns when the process started, which tells it from a later one of the same number."""
    stat = _stat(pid)
    return "" if stat is None or stat[0] == "Z" else stat[19]


def _main() -> None:
    sys.stdin.buffer.read()  # until the owner closes it or dies
    told = [(int(pid), start) for pid, _, start in (argument.partition(":") for argument in sys.argv[1:])]
    living = [(pid, start) for pid, start in told if start and _start_time(pid) == start]
    # What these have started since, such as Ray's workers, is theirs yet: nobody has adopted it so far.
    later = {child for pid, _ in living for child in descendants(pid)} - {pid for pid, _ in living}
    doomed = living + [(pid, _start_time(pid)) for pid in sorted(later)]
    deadline = time.monotonic() + GRACE_SECONDS
    while doomed := [(pid, start) for pid, start in doomed if start and _start_time(pid) == start]:
        if time.monotonic() > deadline:
            break
        time.sleep(_STEP_SECONDS)
    for pid, _ in doomed:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    _main()
