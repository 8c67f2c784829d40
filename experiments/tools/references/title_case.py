"""What title_case must answer."""

import random

_SMALL = {"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to"}


def title_case(text: str) -> str:
    """Returns the text with the capitals of a title."""
    words = text.lower().split()
    return " ".join(
        word if word in _SMALL and 0 < place < len(words) - 1 else word.capitalize()
        for place, word in enumerate(words)
    )


def _text() -> str:
    words = (
        "the",
        "OF",
        "night",
        "Day",
        "to",
        "sea",
        "And",
        "in",
        "o'neil",
        "well-known",
        "4th",
        "for",
        "by",
    )
    return " ".join(_rng.choice(words) for _ in range(_rng.randint(4, 8)))


_rng = random.Random(0)
_TEXTS = [
    " ", "a", "the", "word", "of of", "of of of", "a tale of two cities", "NEWS FROM THE NORTH",
    "up and down", "  spaced   out  ", "line\nbreak", "tab\tthe\tend", "don't stop", "o'neil's way",
    "(the) end", "\"the\" end of", "2nd to none", "back-to-back wins", "mcDONALD", "an", "war or peace",
    "gone by", "at sea", "look at me", "one, and two", "he is in", "with us", "on the road to an inn",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[(_text(),) for _ in range(40)],
]
