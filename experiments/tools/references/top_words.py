"""What top_words must answer."""

import collections
import random


def top_words(text: str, count: int) -> list[str]:
    """Returns the most frequent words."""
    frequencies = collections.Counter(text.lower().split())
    return sorted(frequencies, key=lambda word: (-frequencies[word], word))[:count]


def _text() -> str:
    return " ".join(_rng.choice(("pear", "Pear", "fig", "kiwi", "apple", "a", "b.", "b")) for _ in range(10))


_rng = random.Random(0)
_EDGES: list[tuple[str, int]] = [
    ("", 0), (" \n ", 1), ("a", 0), ("a", 1), ("a", 9), ("b a", 1), ("b a", 2), ("c b a", 2), ("A a", 2),
    ("a. a", 2), ("a\nb\tb", 1), ("a\nb\tb", 2), ("z z y y x", 2), ("z z y y x", 3), ("x y z z y x", 3),
    ("don't Don't do", 2), ("10 9 10 9 1", 3), ("  spaced   out  ", 2), ("one two three two three three", 3),
    ("B b A", 1),
]  # fmt: skip
INPUTS: list[tuple[str, int]] = [
    *_EDGES,
    *[(_text(), count) for count in (1, 2, 3, 4, 5) for _ in range(9)],
]
