"""What a sandboxed call costs, for every backend that runs here: `python -m experiments.benchmark_sandbox`.

Each candidate gets a fork, a user id or namespaces, limits and a scratch directory of its own. The machine's
load is printed with the figures, because it bends them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

from sandbox import Sandbox, SandboxUnavailable, open_sandbox

SOURCE = "def priority(item, bins):\n    return -(bins - item)\n"
BINS = np.full(500, 150, dtype=np.int64)
ROUNDS = 300


def main() -> None:
    """Prints one table per backend."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name in ("docker", "bubblewrap"):
        try:
            with open_sandbox(name) as box:
                report(box)
        except SandboxUnavailable as error:
            print(f"\n{name}: not here ({error})")


def report(box: Sandbox) -> None:
    """Prints the figures of one backend."""
    print(f"\n{box.backend:40} {'median ms':>10} {'p99 ms':>10} {'per second':>10}")
    one = [[20, BINS]]
    many = [[item, BINS] for item in range(100)]
    row("one candidate, one call", lambda: box.call(SOURCE, "priority", one))
    row("one candidate, 100 calls of 500 int64", lambda: box.call(SOURCE, "priority", many))
    with box.session(SOURCE) as session:
        small = np.arange(150.0)
        row("session, one call of 150 float64", lambda: session.call("priority", 20, small))
        lists = [[item, BINS + item] for item in range(20)]
        row("session, 20 calls of 500 int64", lambda: session.call_many("priority", lists))
    cpu = [box.call(SOURCE, "priority", one).cpu_seconds for _ in range(50)]
    print(f"{'CPU ms per candidate (median)':40} {np.median(cpu) * 1e3:10.2f}")


def row(name: str, action: Callable[[], object]) -> None:
    """Times an action and prints its line."""
    for _ in range(10):
        action()
    seconds = np.array([timed(action) for _ in range(ROUNDS)])
    median, worst = np.median(seconds), np.quantile(seconds, 0.99)
    print(f"{name:40} {median * 1e3:10.2f} {worst * 1e3:10.2f} {1 / seconds.mean():10.0f}")


def timed(action: Callable[[], object]) -> float:
    """Returns the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
