"""What group_anagrams must answer."""

import random


def group_anagrams(words: list[str]) -> list[list[str]]:
    """Returns the words, those of the same letters together."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault("".join(sorted(word)), []).append(word)
    return list(groups.values())


def _words(count: int, length: int) -> list[str]:
    return ["".join(_rng.choice("abC") for _ in range(_rng.randint(1, length))) for _ in range(count)]


_rng = random.Random(0)
_EDGES: list[tuple[list[str]]] = [
    (["a"],), ([""],), (["", ""],), (["", "a", ""],), (["ab", "ba"],), (["ab", "BA"],),
    (["Tea", "eat", "Eat"],), (["listen", "stone", "silent", "notes", "enlist"],),
    (["aab", "abb", "bab", "aba"],), (["b", "a", "c"],), (["a b", "ab "],), (["aa", "a"],),
    (["x", "x", "x"],), (["dog", "god", "dog"],), (["abc", "def"],),
]  # fmt: skip
INPUTS: list[tuple[list[str]]] = [
    *_EDGES,
    *[(_words(_rng.randint(4, 7), 2),) for _ in range(25)],
    *[(_words(_rng.randint(6, 10), 3),) for _ in range(25)],
]
