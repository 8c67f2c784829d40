"""What make_slug must answer."""

import random
import re


def make_slug(title: str) -> str:
    """Returns the title's letters and digits in lower case, with a hyphen for each run of others."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


_rng = random.Random(0)
_TITLES = [
    "", " ", "a", "A", "7", "-", "--a--", "a-b", "a--b", "a_b", "_private_", "Don't panic", "ALL CAPS",
    "tabs\tand\nlines", "Ten Tips & Tricks", "100% sure?", "a.b.c", "v2.0.1", "My Report (final)",
    "e-mail: me@example.com", "#hash", "already-a-slug", "x  -  y",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(title,) for title in _TITLES],
    *[("".join(_rng.choice("aB3 -_.!Zq/") for _ in range(_rng.randint(5, 18))),) for _ in range(50)],
]
