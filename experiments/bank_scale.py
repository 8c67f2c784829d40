"""What a bank costs beyond its encoder at some sizes: made-up tools, whose vectors are random directions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np

from tool_bank import Tool, ToolBank
from tool_bank.encoder import WIDTH, Array

VOCABULARY = 20_000  # words; the n-th is about 1/n as frequent as the first
DESCRIPTION_WORDS = 20
QUERY_WORDS = 15
ADDED_AT_ONCE = 1_000
REPEATS = 100


class RandomEncoder:
    """Gives every text a direction of its own, at no cost worth naming."""

    model_id = "random"

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns one row per text, float32 [len(texts), 384], of length 1."""
        rows = [np.random.default_rng(crc32(text.encode())).normal(size=WIDTH) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)


def scale_lines(sizes: Iterable[int]) -> Iterator[str]:
    """Yields for each size what searching, adding and opening cost, in words."""
    for size in sizes:
        with TemporaryDirectory() as folder:
            yield _measure(Path(folder), size)


def _measure(folder: Path, size: int) -> str:
    rng = np.random.default_rng(0)
    with ToolBank.open(folder, encoder=RandomEncoder()) as bank:
        for first in range(0, size, ADDED_AT_ONCE):
            count = min(ADDED_AT_ONCE, size - first)
            bank.add_many([_tool(rng, first + number) for number in range(count)])
            bank.search("in step")
        queries = [_text(rng, QUERY_WORDS) for _ in range(REPEATS)]
        searching = median(_seconds(lambda n: bank.search(queries[n])))
        more = [_tool(rng, size + number) for number in range(REPEATS)]
        adding = median(_seconds(lambda n: bank.add(more[n])))
        following = median(_seconds(lambda n: (bank.add(_tool(rng, -n)), bank.search(queries[n]))))
    began = time.perf_counter()
    with ToolBank.open(folder, encoder=RandomEncoder()) as bank:
        bank.search("in step")
        opening = time.perf_counter() - began
    return (
        f"{size:,} tools, p50 beyond the encoder: search {searching * 1000:.2f} ms, "
        f"add {adding * 1000:.2f} ms, add and search {following * 1000:.2f} ms; "
        f"opened and searched in {opening:.1f} s"
    )


def _tool(rng: np.random.Generator, number: int) -> Tool:
    name = f"tool_{'abcdefghij'[number % 10]}_{number % 1_000_000}"
    body = f'    """{_text(rng, DESCRIPTION_WORDS)}"""\n    return len(text) * unit\n'
    source = f"def {name}(text: str, unit: int = 1) -> int:\n{body}"
    return Tool(name=name, description=_text(rng, DESCRIPTION_WORDS), source=source, function=name)


def _text(rng: np.random.Generator, count: int) -> str:
    places = VOCABULARY ** rng.random(count)  # as in a natural text, by Zipf's law
    return " ".join(_word(int(place)) for place in places)


def _word(number: int) -> str:
    return "".join("abcdefghijklmnopqrst"[number // 20**place % 20] for place in range(4)) + "x"


def _seconds(act: Callable[[int], object]) -> Iterator[float]:
    for number in range(REPEATS):
        began = time.perf_counter()
        act(number)
        yield time.perf_counter() - began
