"""What add_workdays must answer."""

import datetime
import random


def add_workdays(date: str, days: int) -> str:
    """Returns the date so many days from Monday to Friday later."""
    day = datetime.date.fromisoformat(date)
    while days:
        day += datetime.timedelta(days=1)
        days -= day.weekday() < 5
    return day.isoformat()


_rng = random.Random(0)
_EDGES: list[tuple[str, int]] = [
    ("2023-12-29", 1), ("2024-02-28", 2), ("2023-02-28", 1), ("2024-12-31", 3), ("1999-12-31", 260),
    ("2024-05-15", 10),
]  # fmt: skip
INPUTS: list[tuple[str, int]] = [
    *[(f"2024-05-{day:02}", days) for day in range(13, 20) for days in (0, 1, 4, 5, 6)],
    *_EDGES,
    *[
        (str(datetime.date.fromordinal(_rng.randrange(693596, 767009))), _rng.randint(0, 40))
        for _ in range(35)
    ],
]
