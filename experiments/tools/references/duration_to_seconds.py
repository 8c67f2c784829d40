"""What duration_to_seconds must answer."""

import random
import re

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def duration_to_seconds(text: str) -> int:
    """Returns the seconds that a duration such as 1h30m lasts."""
    return sum(int(count) * _SECONDS[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


_rng = random.Random(0)
_TEXTS = [
    "0s", "0d0h0m0s", "1s", "1m", "1d", "1d1h1m1s", "59m59s", "007m", "100h", "30m1h", "1s1m1h1d",
    "1h1h", "5m5m5m", "10s2d10s", "999999s", "24h", "0h5m",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[
        ("".join(f"{_rng.randrange(100)}{unit}" for unit in _rng.sample("dhms", _rng.randint(1, 4))),)
        for _ in range(60)
    ],
]
