"""What a sandboxed candidate costs, beside the usual ways: `python -m experiments.benchmark_sandbox`.

In one run, on one machine: a container per candidate (`docker run`), a process per candidate in a warm
container (`docker exec`), this project's sandbox on one and on two containers, and on bubblewrap. Every
candidate imports numpy. Processor time is that of everything involved: the client, the container (by its
control group, the supervisor included) and, for `docker run` and `docker exec`, the engine. The machine's
load bends the figures; it is printed with them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sandbox import BackendName, Sandbox, SandboxUnavailable, open_sandbox
from sandbox.interface import Value
from sandbox.layout import ENVIRONMENT, INTERPRETER, plan_layout

SOURCE = "import numpy as np\ndef priority(item, bins):\n    return -(bins - item)\n"
BINS = np.full(150, 150, dtype=np.float64)
LABEL = "funsearch.sandbox.owner"
# What 100 inputs in one request are compared by: the same function on arrays, and on plain JSON.
PLAIN_SOURCE = "def f(numbers, word):\n    return [[number + 1 for number in numbers], word.upper()]\n"
WORKLOADS: dict[str, tuple[str, str, list[list[Value]]]] = {
    "150 float64": (SOURCE, "priority", [[item, BINS + item] for item in range(100)]),
    "20 ints, a text": (PLAIN_SOURCE, "f", [[list(range(n, n + 20)), f"word {n}"] for n in range(100)]),
}
LONE = """
import sys
sys.path.insert(0, "/packages")
import numpy as np, resource
(150.0 - np.arange(150.0)).tolist()
print(sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of each round, of all together, and of processor per candidate (None: not known)."""

    name: str
    seconds: list[float]
    wall: float
    cpu: float | None

    @property
    def median(self) -> float:
        """The median latency."""
        return float(np.median(self.seconds))

    @property
    def per_second(self) -> float:
        """How many candidates a second."""
        return len(self.seconds) / self.wall

    def line(self) -> str:
        """Returns the table's line."""
        worst = float(np.quantile(self.seconds, 0.99))
        cpu = "-" if self.cpu is None else f"{self.cpu * 1e3:.2f}"
        return (
            f"{self.name:44} {self.median * 1e3:10.2f} {worst * 1e3:10.2f} {self.per_second:10.1f} {cpu:>10}"
        )


def main() -> None:
    """Prints the table and the targets."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=400, help="candidates per row of this project")
    options.add_argument(
        "--slow-rounds", type=int, default=15, help="candidates per row of docker run and exec"
    )
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; numpy imported in every row\n")
    print(f"{'':44} {'median ms':>10} {'p99 ms':>10} {'per second':>10} {'CPU ms':>10}")
    names: tuple[BackendName, ...] = ("docker", "bubblewrap")
    for name in names:
        try:
            measure_backend(name, chosen.rounds, chosen.slow_rounds)
        except SandboxUnavailable as error:
            print(f"{name}: not here ({error})")


def measure_backend(name: BackendName, rounds: int, slow_rounds: int) -> None:
    """Prints the rows of one backend, then its targets."""
    costs: dict[str, Cost] = {}
    with contextlib.ExitStack() as stack:
        boxes = [stack.enter_context(open_sandbox(name)) for _ in range(2)]
        if name == "docker":
            costs["run"] = show(docker_run(slow_rounds))
            costs["exec"] = show(docker_exec(slow_rounds))
        costs["one"] = show(pool(boxes[:1], rounds))
        costs["two"] = show(pool(boxes, rounds))
        costs["session"] = show(session_calls(boxes[0], rounds))
        pairs = {name: interleaved(boxes[0], name, rounds) for name in WORKLOADS}
    print_targets(costs, pairs)


def show(cost: Cost) -> Cost:
    """Prints a line and returns its cost."""
    print(cost.line(), flush=True)
    return cost


def print_targets(costs: dict[str, Cost], pairs: dict[str, tuple[Cost, Cost]]) -> None:
    """Prints each target beside what was found."""
    one, session = costs["one"], costs["session"]
    print()
    for name, (single, many) in pairs.items():
        target(f"100 calls in one request / 1 call ({name})", many.median / single.median, "<= 1.5")
    target("session, one call of 150 float64 (median ms)", session.median * 1e3, "<= 0.5")
    if one.cpu is not None:
        target("CPU ms per candidate, supervisor and owner included", one.cpu * 1e3, "<= 8")
    if "run" in costs and costs["run"].cpu is not None and one.cpu is not None:
        target("CPU of docker run / CPU of ours", costs["run"].cpu / one.cpu, ">= 40")
        target("latency of docker run / latency of ours", costs["run"].median / one.median, "")
        target("latency of docker exec / latency of ours", costs["exec"].median / one.median, "")
    target("candidates/s of two / of one", costs["two"].per_second / one.per_second, "")
    print()


def target(what: str, found: float, wanted: str) -> None:
    """Prints one figure and what is wanted of it."""
    print(f"    {what:54} {found:8.2f}  {wanted}")


def pool(boxes: Sequence[Sandbox], rounds: int) -> Cost:
    """Returns the cost of one candidate per request, on one thread per sandbox."""
    name = f"ours, {boxes[0].backend}, {len(boxes)} warm"
    return measure(name, boxes, rounds, lambda box: box.call(SOURCE, "priority", [[20, BINS]]))


def session_calls(box: Sandbox, rounds: int) -> Cost:
    """Returns the cost of a call in a session."""
    name = f"ours, {box.backend}, session call"
    with box.session(SOURCE) as session:
        session.call("priority", 20, BINS)
        return measure(name, [box], 3 * rounds, lambda _: session.call("priority", 20, BINS))


def interleaved(box: Sandbox, workload: str, rounds: int) -> tuple[Cost, Cost]:
    """Prints and returns the costs of 1 call and of 100 in one request, in turns, so that load bends both."""
    source, function, lists = WORKLOADS[workload]
    actions = [partial(box.call, source, function, lists[:size]) for size in (1, len(lists))]
    for action in actions * 10:
        action()
    pairs = [[timed(action) for action in actions] for _ in range(rounds)]
    single, many = (
        show(Cost(f"ours, {box.backend}, {size} x {workload}", list(seconds), sum(seconds), None))
        for size, seconds in zip((1, len(lists)), zip(*pairs, strict=True), strict=True)
    )
    return single, many


def measure(name: str, boxes: Sequence[Sandbox], rounds: int, action: Callable[[Sandbox], object]) -> Cost:
    """Returns the cost of an action, done `rounds` times by one thread per sandbox."""
    for box in boxes:
        for _ in range(10):
            action(box)
    before, started = cpu_of_ours(), time.perf_counter()
    with ThreadPoolExecutor(len(boxes)) as threads:
        share = rounds // len(boxes)
        shares = threads.map(lambda box: [timed(lambda: action(box)) for _ in range(share)], boxes)
        seconds = [second for each in shares for second in each]
    wall = time.perf_counter() - started
    after = cpu_of_ours()
    cpu = None if before is None or after is None else (after - before) / len(seconds)
    return Cost(name, seconds, wall, cpu)


def docker_run(rounds: int) -> Cost:
    """Returns the cost of a container per candidate."""
    command = ["docker", "run", "--rm", "--network=none", *container_options(), "-c", LONE]
    return client("docker run per candidate", command, rounds)


def docker_exec(rounds: int) -> Cost:
    """Returns the cost of a process per candidate in a warm container."""
    with warm_container() as identity:
        command = ["docker", "exec", identity, INTERPRETER, "-I", "-S", "-c", LONE]
        return client("docker exec into a warm container", command, rounds)


def container_options() -> list[str]:
    """Returns options, entry point and image: the sandbox's own."""
    tag = f"funsearch-sandbox:{plan_layout(('numpy',)).fingerprint}"
    words = [word for item in ENVIRONMENT.items() for word in ("--env", "=".join(item))]
    return [*words, "--tmpfs=/scratch", f"--entrypoint={INTERPRETER}", tag, "-I", "-S"]


@contextlib.contextmanager
def warm_container() -> Iterator[str]:
    """A container that sleeps, to execute in."""
    sleep = "import time; time.sleep(3600)"
    options = ["docker", "run", "--rm", "--detach", "--network=none", *container_options(), "-c", sleep]
    identity = subprocess.run(options, capture_output=True, text=True, check=True).stdout.strip()
    try:
        yield identity
    finally:
        subprocess.run(["docker", "kill", identity], capture_output=True, check=False)


def client(name: str, command: list[str], rounds: int) -> Cost:
    """Returns the cost of a command of the docker client, one candidate each."""
    inside: list[float] = []

    def once() -> None:
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        inside.append(float(printed))

    once()
    inside.clear()
    clients, engines, started = cpu_of_clients(), cpu_of_engines(), time.perf_counter()
    seconds = [timed(once) for _ in range(rounds)]
    wall = time.perf_counter() - started
    cpu = cpu_of_clients() - clients + sum(inside)
    cpu += sum(now - engines.get(pid, now) for pid, now in cpu_of_engines().items())
    return Cost(name, seconds, wall, cpu / rounds)


def timed(action: Callable[[], object]) -> float:
    """Returns the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def cpu_of_ours() -> float | None:
    """Returns the processor seconds of this process and of its sandboxes; None where they cannot be read."""
    groups = own_groups()
    seconds = [cpu_of_group(group) for group in groups]
    if None in seconds:
        return None
    own = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    return own + sum(filter(None, seconds)) + sum(map(cpu_of_tree, bubblewrap_children()))


def own_groups() -> list[str]:
    """Returns the ids of this process's containers."""
    form = '{{.ID}} {{.Label "' + LABEL + '"}}'
    command = ["docker", "ps", "--no-trunc", "--filter", f"label={LABEL}", "--format", form]
    with contextlib.suppress(OSError):
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return [line.split()[0] for line in listing.splitlines() if f"/{os.getpid()}/" in line]
    return []


def cpu_of_group(identity: str) -> float | None:
    """Returns the processor seconds of a container's control group, version 1 or 2."""
    first = Path(f"/sys/fs/cgroup/cpuacct/docker/{identity}/cpuacct.usage")
    if first.exists():
        return int(first.read_text()) / 1e9
    for path in Path("/sys/fs/cgroup").glob(f"*/*{identity}*/cpu.stat"):
        return int(path.read_text().split()[1]) / 1e6
    return None


def bubblewrap_children() -> list[int]:
    """Returns the process ids of this process's own bubblewraps."""
    return [pid for pid in children(os.getpid()) if Path(f"/proc/{pid}/comm").read_text().strip() == "bwrap"]


def children(pid: int) -> list[int]:
    """Returns the children of every thread of a process."""
    return [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]


def cpu_of_tree(pid: int) -> float:
    """Returns the processor seconds of a process, of the children it has waited for, and of those it has."""
    return cpu_of_process(pid) + sum(map(cpu_of_tree, children(pid)))


def cpu_of_process(pid: int) -> float:
    """Returns the processor seconds of a process and of the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_of_clients() -> float:
    """Returns the processor seconds of the docker clients that have ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def cpu_of_engines() -> dict[int, float]:
    """Returns the processor seconds of every engine process here, by its id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "comm").read_text().strip() in ("dockerd", "containerd"):
                found[int(folder.name)] = cpu_of_process(int(folder.name))
    return found


if __name__ == "__main__":
    main()
