"""What compare_versions must answer."""

import itertools
import random


def compare_versions(first: str, second: str) -> int:
    """Returns -1, 0 or 1 as the first version is older than, equal to or newer than the second."""
    pairs = itertools.zip_longest(first.split("."), second.split("."), fillvalue="0")
    differences = (int(a) - int(b) for a, b in pairs)
    return next((1 if difference > 0 else -1 for difference in differences if difference), 0)


def _version() -> str:
    return ".".join(str(_rng.choice((0, 1, 2, 10, 11))) for _ in range(_rng.randint(2, 4)))


_rng = random.Random(0)
_EDGES: list[tuple[str, str]] = [
    ("1", "1"), ("1", "2"), ("2", "1"), ("0", "0.0"), ("10", "9"), ("9", "10"), ("1.0", "1"),
    ("1", "1.0.0.0"), ("1.0.1", "1"), ("1", "1.0.1"), ("01.2", "1.02"), ("1.01", "1.1"), ("1.001", "1.01"),
    ("0.9", "1.0"), ("3.11.4", "3.9.18"), ("10.4", "10.4.0"), ("1.2.3", "1.2.3"), ("1.2.3", "1.2.4"),
    ("1.2.10", "1.2.9"), ("2024.1", "2023.12"), ("1.0.0.1", "1.0.1"), ("0.0.1", "0.0"), ("1.100", "1.99"),
    ("7.5", "7.05"),
]  # fmt: skip
INPUTS: list[tuple[str, str]] = [
    *_EDGES,
    *[(version + tail, version) for version in ("1.2", "4", "0.3.1") for tail in (".0", ".1", ".0.0")],
    *[(_version(), _version()) for _ in range(40)],
]
