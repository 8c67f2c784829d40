"""Kills a run again and again and resumes it: `python -m experiments.kill_and_resume --kills 20`.

A run of bin_packing_or by mutation is killed (SIGKILL, the driver alone) at random moments until it has been
killed often enough, then left to finish. Beside it stands the same run, uninterrupted. Printed: evaluations
that were stored before a kill and are gone after it, programs that were scored twice, and whether the two
archives are equal: the same candidates, scores and order of registration.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from funsearch.journal import FILE_NAME, Journal

START_SECONDS = 120.0
LONGEST_LIFE = 4.0  # seconds between the first new evaluation of a life and its end


@dataclass(frozen=True)
class Stored:
    """What a journal holds: scores by candidate, and the candidates in their order of registration."""

    scores: dict[int, float | None]
    sources: tuple[str, ...]
    registered: tuple[tuple[str, int, float | None], ...]


def main() -> None:
    """Prints what was lost, paid twice, or different."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--evaluations", type=int, default=1500)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--sandbox", default="docker")
    chosen = options.parse_args()
    rng = np.random.default_rng(chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        killed, whole = Path(folder) / "killed", Path(folder) / "whole"
        first = _evolve(killed, chosen.evaluations, chosen.sandbox)
        lost = kills = 0
        while kills < chosen.kills:
            process = _start(_resume(killed) if kills else first)
            before = _kill_at_a_random_moment(process, killed, rng)
            if before is None:
                break  # it finished first
            kills += 1
            lost += len(before.scores.items() - _stored(killed).scores.items())
            print(f"kill {kills:2} after {len(before.scores)} evaluations", flush=True)
        _finish(_resume(killed))
        _finish(_evolve(whole, chosen.evaluations, chosen.sandbox))
        ours, theirs = _stored(killed), _stored(whole)
    print(f"{kills} kills, {len(ours.scores)} evaluations of {chosen.evaluations}")
    print(f"evaluations lost: {lost}")
    print(f"programs scored twice: {len(ours.sources) - len(set(ours.sources))}")
    print(f"archive equal to the uninterrupted one: {ours.registered == theirs.registered}")


def _evolve(directory: Path, evaluations: int, sandbox: str) -> list[str]:
    options = ["--samplers", "mutation", "--evaluations", str(evaluations), "--sandbox", sandbox]
    return ["evolve", "bin_packing_or", *options, "--directory", str(directory), *_places(directory)]


def _resume(directory: Path) -> list[str]:
    return ["resume", str(directory), *_places(directory)]


def _places(directory: Path) -> list[str]:
    return ["--bank", str(directory.with_name("bank")), "--json"]


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "service", *arguments], stdout=subprocess.DEVNULL)


def _finish(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "service", *arguments], stdout=subprocess.DEVNULL, check=True)


def _kill_at_a_random_moment(
    process: subprocess.Popen[bytes], directory: Path, rng: np.random.Generator
) -> Stored | None:
    """Kills the run some time after it has begun to evaluate; returns what was stored just before.

    Returns None where the run ended by itself.
    """
    known = _count(directory)
    deadline = time.monotonic() + START_SECONDS
    while _count(directory) <= known and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(float(rng.uniform(0, LONGEST_LIFE)))
    if process.poll() is not None:
        return None
    before = _stored(directory)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return before


def _count(directory: Path) -> int:
    if not (directory / FILE_NAME).exists():
        return 0
    with closing(Journal(directory)) as journal:
        return journal.counts()[1]


def _stored(directory: Path) -> Stored:
    scores: dict[int, float | None] = {}
    sources, registered = [], []
    with closing(Journal(directory)) as journal:
        tickets = [(t, cs, True) for t, cs, _ in journal.registrations()]
        tickets += [(t, cs, False) for t, cs in journal.unregistered()]
    for ticket, candidates, is_registered in tickets:
        for candidate in candidates:
            score = None
            if candidate.evaluation is not None:
                score = scores[candidate.id] = candidate.evaluation.score
                sources.append(candidate.fingerprint or candidate.source)
            if is_registered:
                registered.append((f"{ticket.stream} {ticket.number}", candidate.id, score))
    return Stored(scores, tuple(sources), tuple(registered))


if __name__ == "__main__":
    main()
