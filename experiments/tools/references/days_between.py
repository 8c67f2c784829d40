"""What days_between must answer."""

import datetime
import random


def days_between(start: str, end: str) -> int:
    """Returns the days from the start to the end."""
    return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days


def _date() -> str:
    return str(datetime.date.fromordinal(_rng.randrange(693596, 767009)))


_rng = random.Random(0)
_EDGES: list[tuple[str, str]] = [
    ("2024-11-05", "2024-12-25"), ("2023-06-28", "2023-07-12"), ("2023-02-28", "2023-03-01"),
    ("1900-02-28", "1900-03-01"), ("2000-02-28", "2000-03-01"), ("2000-02-29", "2000-02-29"),
    ("2100-03-01", "2100-02-28"), ("2023-12-31", "2024-01-01"), ("2024-01-01", "2024-12-31"),
    ("2023-01-01", "2023-12-31"), ("2024-02-29", "2023-02-28"), ("1000-01-01", "9998-12-31"),
    ("1999-12-31", "2000-01-01"), ("2024-03-31", "2024-04-01"), ("2024-01-31", "2024-03-01"),
    ("1600-01-01", "2000-01-01"), ("1582-10-04", "1582-10-15"), ("2020-01-01", "2021-01-01"),
]  # fmt: skip
INPUTS: list[tuple[str, str]] = [
    *_EDGES,
    *[(_date(), _date()) for _ in range(50)],
]
