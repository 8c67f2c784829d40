"""What word_frequency must answer."""

import collections
import random
import re


def word_frequency(text: str) -> dict[str, int]:
    """Returns the count of each word."""
    return dict(collections.Counter(re.findall(r"[a-z0-9]+", text.lower())))


def _text() -> str:
    words = ("a", "A", "the", "The", "42", "x1", "cat")
    return "".join(_rng.choice(words) + _rng.choice((" ", ", ", "-", "\n", ".", "  ", "_")) for _ in range(9))


_rng = random.Random(0)
_TEXTS = [
    " ", ".", "a", "A", "a a", "a A", "a,b", "a-b-a", "a_b", "snake_case_a", "42 42", "x1 X1",
    "line\nline\ttab", "  a  ", "'quoted'", "it's its", "a.b.c a", "e-mail E-Mail", "1,000 1000",
    "To be, or not to be: that is the question.", "(a) [a] {a}", "aa a aa", "I am; I was! I?",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[(_text(),) for _ in range(40)],
]
