"""Kills a bank's process again and again: `python -m experiments.kill_the_bank --kills 100`.

A worker adds tools, searches and retires, and says each name once it is stored. It is killed (SIGKILL) at a
random moment, or dies at an aimed one: within Chroma's writing, around the sealing, the switch of CURRENT and
the removal of old generations, within the record's transaction. The next worker must open the bank and find
every acknowledged tool by its own description before it goes on. Then the index's files are damaged in turn,
with the same demand; many readers search while tools are added and retired; and a large bank is opened with
its index and without. Printed are the figures, and every problem.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.bank_worker import AIMS, findings, tool
from tool_bank import ToolBank
from tool_bank.index_upkeep import Embedding
from tool_bank.record import Record
from tool_bank.scripted import ScriptedEncoder

LONGEST = 300.0  # seconds that a worker may take to open, verify and add
LIFE = 0.5  # longest life, in seconds after it has verified the bank, of a worker that is killed at random
RANDOM = "at random"
OF_SEALED = ("a sealed generation is opened", "a generation is probed")


@dataclass
class Seen:
    """What the lives of workers have shown; `problems` must stay empty."""

    stored: dict[str, str] = field(
        default_factory=dict
    )  # acknowledged tools: "active", "retired", "doubtful"
    deaths: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    opening: float = 0.0  # the longest, in seconds

    def take(self, line: str) -> None:
        """Takes in what a worker has said; a line that death cut off was not said, and promises nothing."""
        if not line.endswith("\n"):
            return
        word, *rest = line.split(maxsplit=2)
        if word == "opened":
            self.opening = max(self.opening, float(rest[0]))
            self.roles[rest[1].strip()] += 1
        elif word in ("lost", "stale"):
            self.problems.append(line.strip())
        elif word in ("stored", "retiring", "retired"):
            self.stored[rest[0]] = {"stored": "active", "retiring": "doubtful"}.get(word, word)


def main() -> None:
    """Prints the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--readers", type=int, default=20)
    options.add_argument("--adds", type=int, default=1000)
    options.add_argument("--open", type=int, default=10_000, help="tools of the bank that is opened")
    chosen = options.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        seen = kills(Path(folder) / "killed", chosen.kills, np.random.default_rng(chosen.seed))
        damages(Path(folder) / "killed", seen)
        readers(Path(folder) / "read", chosen.readers, chosen.adds)
        opening(Path(folder) / "large", chosen.open)


def kills(directory: Path, count: int, rng: np.random.Generator) -> Seen:
    """Kills so many workers; every other at random, the others at each aim in turn."""
    seen, turn = Seen(), 0
    aims = list(AIMS)
    while seen.deaths.total() < count and turn < 3 * count:
        aim = aims[turn // 2 % len(aims)] if turn % 2 else RANDOM
        turn += 1
        if aim in OF_SEALED:
            life(directory, "none", rng, seen, adds=1)  # its clean end leaves what that aim is at
        life(directory, aim, rng, seen, adds=int(rng.integers(1, 20)))
    life(directory, "none", rng, seen, adds=0)
    print(f"killed {seen.deaths.total()} times: {dict(seen.deaths)}")
    print(f"aims that never came about: {sorted(AIMS.keys() - seen.deaths.keys())}")
    report(seen)
    return seen


def life(directory: Path, aim: str, rng: np.random.Generator, seen: Seen, adds: int) -> None:
    """Lets a worker live, and takes in what it says; whatever ends it but its aim is a problem."""
    arguments = ["work", directory, aim, int(rng.integers(1000)), 10_000 if aim == RANDOM else adds]
    with worker(*arguments) as process:
        watchdog = threading.Timer(LONGEST, process.kill)
        watchdog.start()
        assert process.stdin
        assert process.stdout
        process.stdin.writelines(f"{name} {status}\n" for name, status in seen.stored.items())
        process.stdin.close()
        said = ""
        for line in process.stdout:
            said = line
            seen.take(line)
            if line.startswith("verified") and aim == RANDOM:
                threading.Timer(float(rng.uniform(0, LIFE)), process.kill).start()
        status = process.wait()
        watchdog.cancel()
    if status == -9:
        seen.deaths[aim] += 1
    elif status or not said.startswith("closed"):
        seen.problems.append(f"{aim}: status {status} after {said.strip()!r}")


def worker(*arguments: object) -> subprocess.Popen[str]:
    """Starts a worker."""
    command = [sys.executable, "-m", "experiments.bank_worker", *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def damages(directory: Path, seen: Seen) -> None:
    """Damages the index in every way in turn; the bank must open and find everything after each."""
    index, rng = directory / "chroma", np.random.default_rng(0)
    for how, damage in DAMAGES.items():
        before = len(seen.problems)
        damage(index)
        life(directory, "none", rng, seen, adds=1)
        print(f"index {how}: {'found all' if len(seen.problems) == before else 'PROBLEM'}", flush=True)
    report(seen)


def files(index: Path) -> Iterator[Path]:
    """Yields the files of the generation in use."""
    yield from (path for path in (index / (index / "CURRENT").read_text()).rglob("*") if path.is_file())


def each_file(change: Callable[[Path], object], pattern: str = "*") -> Callable[[Path], None]:
    """Returns a damage that changes the files of some name."""

    def damage(index: Path) -> None:
        for path in list(files(index)):
            if path.match(pattern):
                change(path)

    return damage


def cut(path: Path) -> None:
    """Leaves the first half of a file."""
    os.truncate(path, path.stat().st_size // 2)


def foreign(index: Path) -> None:
    """Puts the generation of another bank in place of ours, with its seal."""
    with tempfile.TemporaryDirectory() as folder:
        with ToolBank.open(folder, encoder=ScriptedEncoder()) as other:
            other.add_many([tool(number) for number in range(5_000, 5_050)])
            other.search("anything")
        shutil.rmtree(index)
        shutil.copytree(Path(folder) / "chroma", index)


def older(index: Path) -> None:
    """Says that another version of Chroma wrote the files."""
    for path in files(index):
        if path.name == "seal.json":
            path.write_text(path.read_text().replace("chromadb ", "chromadb 0."))


def scramble(path: Path) -> None:
    """Fills a file with random bytes."""
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size or 100))


DAMAGES: Mapping[str, Callable[[Path], object]] = {
    "untouched": lambda index: None,
    "files truncated": each_file(cut),
    "files emptied": each_file(lambda path: path.write_bytes(b"")),
    "files deleted": each_file(Path.unlink),
    "files of random bytes": each_file(scramble),
    "pickle emptied": each_file(lambda path: path.write_bytes(b""), "*.pickle"),
    "graph truncated": each_file(cut, "*.bin"),
    "database truncated": each_file(cut, "chroma.sqlite3"),
    "seal emptied": each_file(lambda path: path.write_bytes(b""), "seal.json"),
    "of another bank": foreign,
    "of another version of Chroma": older,
    "folder deleted": shutil.rmtree,
    "CURRENT pointing nowhere": lambda index: (index / "CURRENT").write_text("000999"),
    "CURRENT emptied": lambda index: (index / "CURRENT").write_text(""),
    "CURRENT of random bytes": lambda index: scramble(index / "CURRENT"),
    "CURRENT deleted": lambda index: (index / "CURRENT").unlink(),
    "with a foreign generation": lambda index: (index / "999999").write_text("no folder"),
}


def readers(directory: Path, count: int, adds: int) -> list[str]:
    """Adds and retires while processes and as many threads search; returns and prints the problems."""
    directory.mkdir(parents=True)
    log = directory / "log"
    log.touch()
    with ToolBank.open(directory, encoder=ScriptedEncoder()) as bank:
        processes = [worker("read", directory, log, LONGEST) for _ in range(count)]
        said: list[str] = []
        threads = [threading.Thread(target=lambda: said.extend(read_on(bank, log))) for _ in range(count)]
        for thread in threads:
            thread.start()
        add_and_retire(bank, log, adds)
        for thread in threads:
            thread.join(LONGEST)
    for process in processes:
        out, _ = process.communicate(timeout=LONGEST)
        said += [*out.splitlines(), *(["a reader failed"] if process.returncode else [])]
    problems = [line for line in said if not line.startswith("read")]
    searches = sum(int(line.split()[1]) for line in said if line.startswith("read"))
    print(f"{count} processes and {count} threads read during {adds} adds: {searches} searches, ", end="")
    print(f"{len(problems)} problems; load {os.getloadavg()[0]:.1f}", *problems[:10], sep="\n  ", flush=True)
    return problems


def read_on(bank: ToolBank, log: Path) -> list[str]:
    """Searches as a reader's process does, in a thread of this one; returns what that would say."""
    try:
        return list(findings(bank, log, LONGEST))
    except Exception as error:  # noqa: BLE001 - any error is a problem
        return [f"a thread failed: {error!r}"]


def add_and_retire(bank: ToolBank, log: Path, adds: int) -> None:
    """Adds tools, retires every fourth, and writes down what is done, then the end."""
    with log.open("a") as stream:
        for number in range(adds):
            bank.add(tool(number))
            print(f"stored tool_{number}", file=stream, flush=True)
            if number % 4 == 3:
                bank.retire(f"tool_{number - 2}", "in turn")
                print(f"retired tool_{number - 2}", file=stream, flush=True)
        print("end end", file=stream, flush=True)


def opening(directory: Path, count: int) -> None:
    """Prints how long a bank takes to open and to answer, with its index and without."""
    directory.mkdir(parents=True)
    with closing(Record(directory / "bank.sqlite")) as record:
        tools = [tool(number) for number in range(count)]
        record.add(tools)
        embedding = Embedding(record, ScriptedEncoder())
        embedding.vectors(embedding.texts(tools))
    for index in ("without an index", "with one to be probed", "with one that is proven"):
        seen = Seen()
        life(directory, "none", np.random.default_rng(0), seen, adds=0)
        print(f"{count} tools opened and searched once {index}: {seen.opening:.2f} s; load ", end="")
        print(f"{os.getloadavg()[0]:.1f}", *seen.problems, flush=True)


def report(seen: Seen) -> None:
    """Prints what was lost."""
    print(f"{len(seen.stored)} tools acknowledged, longest opening {seen.opening:.1f} s, {dict(seen.roles)}")
    print(f"problems: {len(seen.problems)}", *seen.problems[:10], sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
