"""What wrap_text must answer."""

import random


def wrap_text(text: str, width: int) -> list[str]:
    """Returns the text's words in lines."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _text() -> str:
    words = ("a", "of", "the", "word", "lines", "window", "evening", "co-operate", "extraordinary")
    return "".join(_rng.choice(words) + _rng.choice((" ", " ", "  ")) for _ in range(12))


_rng = random.Random(0)
_EDGES: list[tuple[str, int]] = [
    ("", 1), (" ", 5), ("a", 1), ("ab", 1), ("a b", 1), ("a b", 2), ("a b", 3), ("a b", 4), ("aa bb", 4),
    ("aa bb", 5), ("  lead", 10), ("trail  ", 10), ("two  spaces", 20), ("co-operation is well-known", 6),
    ("x" * 30, 10), ("a b c d e f", 3), ("one two three", 100), ("aaa bb c dd eee", 6),
    ("long longer longest", 4), ("a " * 20, 7), ("ab " + "x" * 20 + " cd", 8), ("ab " + "x" * 8 + " cd", 8),
    ("12345 67890", 10), ("12345 67890", 11),
]  # fmt: skip
INPUTS: list[tuple[str, int]] = [
    *_EDGES,
    *[(_text(), width) for width in (1, 5, 8, 10, 13, 20, 27, 40, 80) for _ in range(5)],
]
