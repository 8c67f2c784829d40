"""What the search engine itself costs, without sandbox and model: `python -m experiments.benchmark_engine`.

Prints the processor time per candidate at several lengths of a run, and what an archive of a million programs
costs: time of a prompt, memory, time to open it again, disk.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluators import Evaluation
from funsearch.archive import Archive
from funsearch.cluster import ScoredProgram
from funsearch.config import ArchiveConfig, Budget
from funsearch.evolution import Evolution
from funsearch.journal import Journal, StoredCandidate, Ticket
from funsearch.progress import SilentObserver
from funsearch.sampler import Candidate, Prompt, Samples
from funsearch.stream import StreamPlan
from funsearch.workers import InlineWorkers
from programs import Specification

TESTS = 20
SAMPLES = 4
SPECIFICATION = Specification.from_text('''"""A toy."""
import numpy as np

import funsearch


@funsearch.evolve
def priority(item, bins):
    """Returns a number."""
    return -(bins - item)
''')
PROGRAM = '''def priority(item, bins):
    """Returns a number."""
    slack = bins - item
    score = np.where(slack == 0, {number}.0, -slack)
    score[slack > {small}] -= {number} * item
    if item > {small}:
        score = score + np.log(bins) * 0.5
    return score
'''


def program(number: int) -> str:
    """Returns a program of ten lines that no other number gives."""
    return PROGRAM.format(number=number, small=number % 97)


class InstantSampler:
    """Proposes something new at once."""

    description = "instant"

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        return Samples(tuple(Candidate(program(next(self._numbers))) for _ in range(samples)))


class InstantEvaluator:
    """Scores by a formula of the text's length and a counter; nearly every signature is another."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def evaluate(self, source: str) -> Evaluation:
        return evaluation(self._rng)


def evaluation(rng: np.random.Generator) -> Evaluation:
    """Returns the random scores of a program on 20 tests."""
    scores = rng.integers(0, 50, TESTS).astype(float)
    return Evaluation(float(scores.mean()), {f"instance {i}": s for i, s in enumerate(scores.tolist())})


def evolution(directory: Path, config: ArchiveConfig) -> tuple[Evolution, Archive, Journal]:
    """Returns an engine over the journal of `directory`."""
    journal = Journal(directory)
    initial = ScoredProgram(0, SPECIFICATION.function.source, 0.0, (0.0,) * TESTS)
    archive = Archive(initial, config, seed=0)
    plans = [StreamPlan("instant", SAMPLES, 8, "free")]
    workers = InlineWorkers({"instant": InstantSampler()}, InstantEvaluator())
    return Evolution(SPECIFICATION, archive, journal, plans, workers, 0), archive, journal


def cpu_per_candidate(candidates: int) -> float:
    """Returns the seconds of processor time that each of so many candidates costs the engine."""
    with tempfile.TemporaryDirectory() as folder:
        engine, _, journal = evolution(Path(folder), ArchiveConfig())
        before = time.process_time()
        engine.run(Budget(evaluations=candidates), SilentObserver())
        spent = time.process_time() - before
        journal.close()
    return spent / candidates


def write_archive(directory: Path, programs: int) -> None:
    """Writes the journal of a run that has registered so many programs."""
    journal = Journal(directory)
    rng = np.random.default_rng(0)
    for ticket in range(programs // SAMPLES):
        numbers = range(ticket * SAMPLES + 1, (ticket + 1) * SAMPLES + 1)
        candidates = [
            StoredCandidate(number, place, program(number), f"{number:064x}", None, None)
            for place, number in enumerate(numbers)
        ]
        journal.record_ticket(Ticket("instant", ticket, ticket % 4, 0, (0, 0)), candidates)
        for number in numbers:
            journal.record_evaluation(number, evaluation(rng), 0.001)
        journal.record_registration("instant", ticket, 0.001 * ticket)
    journal.close()


def report_archive(directory: Path, programs: int) -> None:
    """Opens the archive again in this process and prints what it costs."""
    config = ArchiveConfig(reset_evaluations=10 * programs)  # no reset: every program stays on its island
    before = time.perf_counter()
    engine, archive, journal = evolution(directory, config)
    engine.run(Budget(evaluations=programs), SilentObserver())
    opened = time.perf_counter() - before
    prompts = [_prompt_seconds(archive, journal, seed) for seed in range(200)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = sum(path.stat().st_size for path in directory.iterdir()) / programs / 1024
    print(f"archive of {programs} programs in {sum(island.clusters for island in archive.islands)} clusters")
    median, worst = 1e3 * np.median(prompts), 1e3 * np.quantile(prompts, 0.99)
    print(f"  a prompt's parents      {median:8.2f} ms median, {worst:.2f} ms p99   (target: 5 ms)")
    print(f"  memory of the process   {memory:8.0f} MiB   (target: 1024)")
    print(f"  opening it again        {opened:8.1f} s   (target: 60)")
    print(f"  disk per candidate      {disk:8.2f} KiB   (target: 5)")


def _prompt_seconds(archive: Archive, journal: Journal, seed: int) -> float:
    before = time.perf_counter()
    for parent in archive.select(np.random.default_rng(seed)).parents:
        if parent.candidate:
            journal.program(parent.candidate)
    return time.perf_counter() - before


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures and their targets."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--candidates", type=int, nargs="+", default=[200, 3_000, 30_000])
    options.add_argument("--programs", type=int, default=1_000_000)
    options.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args(arguments)
    if chosen.open is not None:
        report_archive(chosen.open, chosen.programs)
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    cpu_per_candidate(50)  # imports and first uses are no part of a run's length
    costs = [cpu_per_candidate(candidates) for candidates in chosen.candidates]
    for candidates, cost in zip(chosen.candidates, costs, strict=True):
        print(f"engine, {candidates:6} candidates {1e3 * cost:8.3f} CPU ms each   (target: 5 ms)")
    print(f"  most over least         {max(costs) / min(costs):8.2f}   (target: 1.2)", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        write_archive(Path(folder), chosen.programs)
        # In a process of its own, whose memory is the archive's.
        itself = [sys.executable, "-m", "experiments.benchmark_engine"]
        subprocess.run([*itself, "--open", folder, "--programs", str(chosen.programs)], check=True)


if __name__ == "__main__":
    main()
