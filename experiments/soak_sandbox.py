"""Shows that nothing piles up and nothing outlives its owner: `python -m experiments.soak_sandbox`.

First many calls in a row (20,000 unless told otherwise): memory of the owner, of the candidates, which
inherit their supervisor's, and of the container (bubblewrap has none: of its processes) stays flat, and at
the end no descriptor, process, container, volume or folder is left.
Then an owner is killed, 20 times while idle and 20 times in mid-call: what it started is gone within 5 s.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sandbox import BackendName, Sandbox, open_sandbox

LABEL = "funsearch.sandbox.owner"
KINDS: tuple[tuple[str, str], ...] = (  # what a population's candidates do, and the outcome
    ("def f(x):\n    return x + 1\n", "returned"),
    ("import numpy as np\ndef f(x):\n    return np.arange(150.0) + x\n", "returned"),
    ("def f(x):\n    open('left', 'w').write('x' * 100000)\n    return x\n", "returned"),
    ("def f(x):\n    return 1 / 0\n", "returned"),
    ("def f(x):\n    return {x}\n", "rejected"),
    ("def f(:\n", "raised"),
    ("import os\ndef f(x):\n    if os.fork() == 0:\n        while True: pass\n    return x\n", "returned"),
    ("import os\ndef f(x):\n    os.abort()\n", "crashed"),
)
OWNER = """
import sys
from sandbox import Limits, open_sandbox
box = open_sandbox(sys.argv[1])
box.call("def f(): return 1", "f", [[]])
print("ready", flush=True)
if sys.argv[2] == "calling":
    box.call("def f():\\n  while True: pass", "f", [[]], limits=Limits(wall_seconds=300))
sys.stdin.read()
"""


@dataclass(frozen=True)
class Soak:
    """What many calls did.

    Attributes:
        calls: How many.
        seconds: In what time.
        wrong: Outcomes that were not as expected.
        owner_bytes: Growth of the owner's resident memory, from a tenth of the way to the end.
        candidate_bytes: Growth of a candidate's peak memory over the same way.
        container_bytes: Growth of the container's memory over the same way.
        container_peak: The most that the container was ever seen to hold.
        left: Descriptors, processes, containers, volumes and folders left at the end.
    """

    calls: int
    seconds: float
    wrong: int
    owner_bytes: int
    candidate_bytes: int
    container_bytes: int
    container_peak: int
    left: tuple[str, ...]


def main() -> None:
    """Runs the soak and the kills on the chosen backends."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--backend", choices=("docker", "docker-runsc", "bubblewrap"), action="append")
    chosen = options.parse_args()
    backends: list[BackendName] = chosen.backend or ["docker", "bubblewrap"]
    for backend in backends:
        found = soak(backend, chosen.calls)
        print(f"{backend}: {in_words(found)}", flush=True)
        for state in ("idle", "calling") * bool(chosen.kills):
            seconds = [seconds_to_end(backend, state) for _ in range(chosen.kills)]
            print(
                f"{backend}: {len(seconds)} owners killed while {state}; "
                f"all gone after {max(seconds):.2f} s at most"
            )


def in_words(found: Soak) -> str:
    """Returns what many calls did, for people."""
    owner, candidates, container, peak = (
        f"{size / 2**20:.1f} MiB"
        for size in (found.owner_bytes, found.candidate_bytes, found.container_bytes, found.container_peak)
    )
    return (
        f"{found.calls} calls in {found.seconds:.0f} s, {found.wrong} wrong; "
        f"owner grew by {owner}, candidates by {candidates}, "
        f"the container by {container} (it held {peak} at most); left: {', '.join(found.left) or 'nothing'}"
    )


def soak(backend: BackendName, calls: int) -> Soak:
    """Returns what `calls` calls did to this process and what they left."""
    with temporary_folder_of_its_own() as folder:
        before, others = open_descriptors(), set(containers_of(os.getpid()))
        older = {*descendants(os.getpid()), *others, *volumes()}
        started = time.monotonic()
        wrong = 0
        owner: list[int] = []
        peaks: list[int] = []
        inside: list[int] = []
        with open_sandbox(backend) as box:
            look = inside_of(backend, others, older)
            for number in range(calls):
                wrong += not is_right(box, number, peaks)
                if number % max(1, calls // 100) == 0:
                    owner.append(resident_bytes(os.getpid()))
                    inside.append(look())
        seconds = time.monotonic() - started
        left = (
            *(f"descriptor {name}" for name in sorted(open_descriptors() - before)),
            *(f"process {pid}" for pid in descendants(os.getpid()) if pid not in older),
            *(f"container {name}" for name in within(lambda: new(containers_of(os.getpid()), others))),
            *(f"volume {name}" for name in within(lambda: new(volumes(), older))),
            *(f"folder {path.name}" for path in folder.iterdir() if path.is_dir()),
        )
    return Soak(calls, seconds, wrong, growth(owner), growth(peaks), growth(inside), max(inside), left)


def is_right(box: Sandbox, number: int, peaks: list[int]) -> bool:
    """Returns whether one call went as expected; notes the peak memory of the plainest kind."""
    source, status = KINDS[number % len(KINDS)]
    outcome = box.call(source, "f", [[number]])
    if number % len(KINDS) == 0:
        peaks.append(outcome.peak_memory_bytes)
    return outcome.status == status


def growth(series: list[int]) -> int:
    """Returns the growth from a tenth of the way (all is warm by then) to the end, by medians."""
    tenth = max(1, len(series) // 10)
    return int(np.median(series[-tenth:]) - np.median(series[tenth : 2 * tenth]))


def seconds_to_end(backend: BackendName, state: str) -> float:
    """Returns how long what an owner started outlives its being killed; raises TimeoutError after 5 s."""
    command = [sys.executable, "-c", OWNER, backend, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        wait(0.1 if state == "calling" else 0.0)
        born = descendants(owner.pid)
        owner.send_signal(signal.SIGKILL)
        started = time.monotonic()
        left = within(lambda: [*filter(is_running, born), *containers_of(owner.pid)])
        if left:
            raise TimeoutError(f"expected everything of a killed owner to be gone after 5 s, found {left}")
        return time.monotonic() - started


def within(look: Callable[[], list[object]], seconds: float = 5.0) -> list[object]:
    """Returns what is still found after at most `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := look()) and time.monotonic() < deadline:
        wait(0.05)
    return found


def wait(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds)


def open_descriptors() -> set[str]:
    """Returns the numbers and targets of this process's descriptors."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if not target.startswith("/proc/"):
                found.add(f"{name} {target}")
    return found


@contextlib.contextmanager
def temporary_folder_of_its_own() -> Iterator[Path]:
    """Gives this process a temporary folder in which nobody else leaves anything."""
    usual = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        tempfile.tempdir = name
        try:
            yield Path(name)
        finally:
            tempfile.tempdir = usual


def inside_of(backend: BackendName, others: set[object], older: set[object]) -> Callable[[], int]:
    """Returns what tells the memory used inside, of the larger one where a successor has been started."""
    if backend == "bubblewrap":
        return lambda: max(resident_bytes(pid) for pid in descendants(os.getpid()) if pid not in older)
    return lambda: max(map(container_bytes, new(containers_of(os.getpid()), others)), default=0)


def container_bytes(identity: object) -> int:
    """Returns the memory charged to a container, without the cached files that the kernel would give back."""
    pid = "".join(ask_docker("inspect", "--format", "{{.State.Pid}}", str(identity)))
    folder = memory_group(int(pid)) if pid.isdigit() else None  # else it has just been replaced
    if folder is None:
        return 0
    used = "memory.current" if (folder / "memory.current").exists() else "memory.usage_in_bytes"
    with contextlib.suppress(OSError):
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        cached = int(statistics.get("total_inactive_file", statistics.get("inactive_file", 0)))
        return int((folder / used).read_text()) - cached
    return 0


def memory_group(pid: int) -> Path | None:
    """Returns the folder of a process's control group for memory; None where there is none, or no process."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                return Path(f"/sys/fs/cgroup/memory{path}")
            if not controllers and Path(f"/sys/fs/cgroup{path}/memory.current").exists():
                return Path(f"/sys/fs/cgroup{path}")
    return None


def resident_bytes(pid: int) -> int:
    """Returns the resident memory of a process; 0 when it is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def new(found: list[object], older: Collection[object]) -> list[object]:
    """Returns what was not there before."""
    return [item for item in found if item not in older]


def descendants(pid: int) -> list[int]:
    """Returns every process that descends from `pid`, whichever of its threads started it."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, path.read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_running(pid: int) -> bool:
    """Returns whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def containers_of(pid: int) -> list[object]:
    """Returns the containers that a process owns; none where there is no docker client."""
    form = '{{.ID}} {{.Label "' + LABEL + '"}}'
    listing = ask_docker("ps", "--all", "--filter", f"label={LABEL}", "--format", form)
    return [line.split()[0] for line in listing if f"/{pid}/" in line]


def volumes() -> list[object]:
    """Returns the engine's volumes, of which gVisor's containers have one each."""
    return [*ask_docker("volume", "ls", "--quiet")]


def ask_docker(*words: str) -> list[str]:
    """Returns the lines that the docker client answers; none where there is no such client."""
    with contextlib.suppress(OSError):
        return subprocess.run(
            ["docker", *words], capture_output=True, text=True, check=False
        ).stdout.splitlines()
    return []


if __name__ == "__main__":
    main()
