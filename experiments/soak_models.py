"""Many conversations at once over more models than the plan has room for: nothing may break or leak.

    python -m experiments.soak_models --rounds 3 --conversations 50 --turns 2

Three names of one GGUF file (the embedded model, or --file) share a plan with room for two. Each conversation
asks a model drawn by chance at each turn. What the process takes is printed as it goes, and after each round.
With MALLOC_ARENA_MAX=1 in the environment C's allocator keeps nothing per thread, and a leak would stand out.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from language_models import ChatRequest, Message, ModelError
from language_models.model_manager import SMOLLM2, weights
from language_models.model_memory import megabytes
from language_models.model_plan import ModelPlan, PlannedModel
from language_models.model_pool import ModelPool

NAMES = ("first", "second", "third")
ROOM_FOR = 2
BESIDE = (
    120_000_000  # once a process: libraries (20 MB), and what C's allocator keeps of freed memory, by thread
)
LEAK = 1.2  # of the last round's peak above the second's


def main() -> int:
    """Runs the rounds, prints what they took, and tells by its exit status whether all held."""
    options = _options()
    before = resident()
    with tempfile.TemporaryDirectory() as folder:
        plan = _plan(options.file or weights(SMOLLM2, download=False), Path(folder), options.context)
        print(f"plan: {plan}\nprocess before any model: {megabytes(before)}")
        peaks, failures = [], 0
        with ModelPool(plan, wait_seconds=600.0, patience_seconds=1.0) as pool:
            for number in range(1, options.rounds + 1):
                with sampled(number) as samples:
                    failures += _round(pool, options.conversations, options.turns, number)
                peaks.append(max(samples))
                print(f"round {number}: peak {megabytes(peaks[-1])}, loaded {', '.join(pool.loaded)}")
    gc.collect()
    print(f"after closing: {megabytes(resident())}; failures: {failures}")
    return _verdict(before, peaks, plan, failures)


def _verdict(before: int, peaks: list[int], plan: ModelPlan, failures: int) -> int:
    taken = max(peaks) - before
    within = taken <= plan.memory + BESIDE
    flat = peaks[-1] <= peaks[min(1, len(peaks) - 1)] * LEAK
    print(
        f"taken: {megabytes(taken)} at most; planned: {megabytes(plan.memory)} and {megabytes(BESIDE)} beside"
    )
    print("within the plan" if within else "MORE THAN PLANNED", "and", "no growth" if flat else "GROWING")
    return 0 if within and flat and not failures else 1


def _plan(file: Path, folder: Path, context: int) -> ModelPlan:
    models = []
    for name in NAMES:
        place = folder / f"{name}.gguf"
        place.symlink_to(file)
        models.append(PlannedModel.of_file(name, place, context_tokens=context, slots=1))
    return ModelPlan.of(models, memory=ROOM_FOR * models[0].memory, cores=1)


def _round(pool: ModelPool, conversations: int, turns: int, seed: int) -> int:
    """Returns how many conversations failed."""

    def converse(number: int) -> None:
        rng = random.Random(f"{seed} {number}")
        said: tuple[Message, ...] = ()
        for _ in range(turns):
            said += (Message("user", f"Say a word that begins with {rng.choice('abcdefgh')}."),)
            backend = pool.backend(rng.choice(NAMES))
            answer = backend.chat(ChatRequest(messages=said[-3:], max_tokens=8, seed=number))
            said += (Message("assistant", answer.texts[0]),)

    failures = 0
    with ThreadPoolExecutor(conversations) as threads:
        for future in [threads.submit(converse, number) for number in range(conversations)]:
            try:
                future.result()
            except ModelError as error:
                failures += 1
                print(f"failed: {error}", file=sys.stderr)
    return failures


@contextmanager
def sampled(number: int, seconds: float = 2.0) -> Iterator[list[int]]:
    """Yields the list into which the process's memory is written while the block runs."""
    samples, ended, start = [resident()], threading.Event(), time.monotonic()

    def watch() -> None:
        while not ended.wait(seconds):
            samples.append(resident())
            print(f"round {number}, {time.monotonic() - start:5.0f} s: {megabytes(samples[-1])}", flush=True)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()
        samples.append(resident())


def resident() -> int:
    """Returns the bytes of this process that lie in memory (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Soaks a pool of models.")
    parser.add_argument("--file", type=Path, help="a GGUF file; the embedded model's when left out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--context", type=int, default=512, help="tokens of prompt and reply together")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
