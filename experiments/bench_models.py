"""Measures the embedded model: `python -m experiments.bench_models [--model FILE.gguf] [--samples 4]`.

Prints, one after another, on one thread where nothing else is said: time and memory of loading; the share of
replies that are JSON of their schema, over twenty schemas; the prompt time of a second prompt that begins as
the first, as a share of the first's; the tokens per CPU-second of 16 continuations of one prompt drawn side
by side, as a multiple of one at a time; and the tokens per second of one thread and of as many as there are
cores, with the cores idle and with another program busy on each. The load of the machine is printed too:
only CPU seconds mean much where others work.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from experiments.reply_schemas import SCHEMAS, Asked
from language_models import ChatRequest, Completion, CompletionRequest, Message
from language_models.llama_backend import LlamaBackend
from language_models.llama_engine import Door, Exchange, Loading, open_engine
from language_models.machine_memory import available_cores
from language_models.model_manager import SMOLLM2, weights
from programs.schema_check import SchemaCheck

CONTINUATIONS = 16
CONTINUATION_TOKENS = 64
REPLY_TOKENS = 512
REPEATS = 3
PROMPT = "def median(numbers):\n    "
PREFIX_WORDS = 450  # some 700 tokens


@dataclass
class Tally:
    """Replies by what became of them."""

    valid: int = 0
    cut: int = 0
    broken: int = 0

    @property
    def count(self) -> int:
        """Returns how many there were."""
        return self.valid + self.cut + self.broken

    def add(self, asked: Asked, reply: Completion) -> None:
        """Counts one reply."""
        if reply.finish_reason == "length":
            self.cut += 1
        elif _is_valid(asked, reply.text):
            self.valid += 1
        else:
            self.broken += 1


def main() -> None:
    """Measures one model file."""
    wanted = _arguments()
    path = wanted.model or weights(SMOLLM2, download=False)
    print(f"{path.name}, load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for lines in (
        loading_lines(path),
        json_lines(path, wanted.samples),
        prefix_lines(path),
        batch_lines(path),
        thread_lines(path),
    ):
        for line in lines:
            print(line, flush=True)


def loading_lines(path: Path) -> Iterator[str]:
    """Yields time and memory of loading."""
    before, started = _peak_megabytes(), time.perf_counter()
    with LlamaBackend(path) as backend:
        seconds = time.perf_counter() - started
        backend.complete(CompletionRequest(PROMPT, samples=4, max_tokens=8))
        after = _peak_megabytes()
    yield f"loading: {seconds:.2f} s; peak memory {after:.0f} MB after use, {before:.0f} MB before"


def json_lines(path: Path, samples: int) -> Iterator[str]:
    """Yields the share of replies that are JSON of their schema."""
    tally = Tally()
    with LlamaBackend(path, context_tokens=1024) as backend:
        for number, asked in enumerate(SCHEMAS):
            said = (Message("user", asked.question),)
            request = ChatRequest(
                said, samples=samples, max_tokens=REPLY_TOKENS, seed=number, schema=asked.schema
            )
            for reply in backend.chat(request).choices:
                tally.add(asked, reply)
    yield (
        f"valid JSON: {tally.valid} of {tally.count} ({tally.valid / tally.count:.1%}) over {len(SCHEMAS)} "
        f"schemas; {tally.cut} cut at {REPLY_TOKENS} tokens, {tally.broken} broken"
    )


def prefix_lines(path: Path) -> Iterator[str]:
    """Yields the prompt time of a second prompt with the prefix of a first."""
    door = Door.shut()
    server = open_engine(path, Loading(context_tokens=2048, parallel=2), door)
    shares = []
    for repeat in range(REPEATS):
        prefix = " ".join(str(7 * n + repeat) for n in range(PREFIX_WORDS // 3)) + f" {repeat}"
        timings = []
        for ending in (" Add the first two.", " Add the last two."):
            body = {"prompt": prefix + ending, "max_tokens": 1, "stream": True}
            with closing(Exchange(server.handle_completions, body, path.stem, 600)) as exchange:
                timings += [chunk["timings"] for chunk in exchange if "timings" in chunk]
        first, second = timings
        shares.append(second["prompt_ms"] / first["prompt_ms"])
        tokens = first["prompt_n"]
    yield (
        f"second identical prefix: {median(shares):.1%} of the first's prompt time (prompt of {tokens} "
        f"tokens, {second['prompt_n']} computed again)"
    )


def batch_lines(path: Path) -> Iterator[str]:
    """Yields the tokens per CPU-second of many continuations of one prompt and of one at a time."""
    rates: dict[int, list[float]] = {1: [], CONTINUATIONS: []}
    with LlamaBackend(path, context_tokens=256, parallel=CONTINUATIONS) as backend:
        backend.complete(CompletionRequest(PROMPT, max_tokens=4))
        for repeat in range(REPEATS):
            rates[1].append(_rate(backend, CONTINUATIONS, 1, repeat, time.process_time))
            rates[CONTINUATIONS].append(_rate(backend, 1, CONTINUATIONS, repeat, time.process_time))
    one, many = median(rates[1]), median(rates[CONTINUATIONS])
    yield (
        f"{CONTINUATIONS} continuations: {many:.0f} tokens per CPU-second side by side, {one:.0f} one at a "
        f"time: {many / one:.2f} x"
    )


def thread_lines(path: Path) -> Iterator[str]:
    """Yields the tokens per second of one thread and of one for each core, on idle and on busy cores."""
    for threads in dict.fromkeys((1, available_cores())):
        rates: dict[str, float] = {}
        with LlamaBackend(path, context_tokens=256, threads=threads) as backend:
            backend.complete(CompletionRequest(PROMPT, max_tokens=4))
            rates["idle"] = _rate(backend, 1, 4, 0, time.perf_counter)
            with _busy_cores():
                rates["busy"] = _rate(backend, 1, 4, 0, time.perf_counter)
        yield f"threads: {threads}; {rates['idle']:.1f} tokens/s on idle cores, {rates['busy']:.1f} on busy"


@contextmanager
def _busy_cores() -> Iterator[None]:
    """Keeps a program busy on each core."""
    with ExitStack() as stack:
        for _ in range(available_cores()):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(busy.kill)
        yield


def _rate(backend: LlamaBackend, requests: int, samples: int, seed: int, clock: Callable[[], float]) -> float:
    started, tokens = clock(), 0
    for number in range(requests):
        request = CompletionRequest(
            PROMPT, samples=samples, max_tokens=CONTINUATION_TOKENS, seed=100 * seed + number
        )
        tokens += backend.complete(request).usage.completion_tokens
    return tokens / (clock() - started)


def _request(asked: Asked, samples: int, seed: int) -> ChatRequest:
    said = (Message("user", asked.question),)
    return ChatRequest(said, samples=samples, max_tokens=REPLY_TOKENS, seed=seed, schema=asked.schema)


def _is_valid(asked: Asked, text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return SchemaCheck(asked.schema).problem(value) is None


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the embedded model.")
    parser.add_argument("--model", type=Path, help="a GGUF file; the embedded model's by default")
    parser.add_argument("--samples", type=int, default=4, help="replies drawn for each schema")
    return parser.parse_args()


if __name__ == "__main__":
    main()
