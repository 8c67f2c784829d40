"""What find_duplicates must answer."""

import collections
import random


def find_duplicates(items: list[str]) -> list[str]:
    """Returns what occurs more than once."""
    return [item for item, count in collections.Counter(items).items() if count > 1]


def _items(letters: str, count: int) -> list[str]:
    return [_rng.choice(letters) + _rng.choice(("", "1", "2")) for _ in range(count)]


_rng = random.Random(0)
_EDGES: list[tuple[list[str]]] = [
    ([],), (["a"],), ([""],), (["", ""],), (["a", "a"],), (["a", "b"],), (["b", "a", "b", "a"],),
    (["a", "A", "a"],), (["a", "a "],), (["x", "x", "x", "x"],), (["1", "01", "1"],), (["a", "b", "c", "c"],),
    (["c", "c", "b", "a"],), (["ann@x.org", "bob@x.org", "ann@x.org"],), (["\n", "\n", " "],),
    (["é", "é", "e"],), (["ab", "ba", "ab", "ba"],),
]  # fmt: skip
INPUTS: list[tuple[list[str]]] = [
    *_EDGES,
    *[(_items("ab", _rng.randint(3, 8)),) for _ in range(25)],
    *[(_items("abcDd", _rng.randint(6, 14)),) for _ in range(25)],
]
