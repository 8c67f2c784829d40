"""What iso_week must answer."""

import datetime
import random


def iso_week(date: str) -> str:
    """Returns the ISO year and week of the date."""
    year, week, _ = datetime.date.fromisoformat(date).isocalendar()
    return f"{year}-W{week:02}"


_rng = random.Random(0)
_DATES = [
    "2000-02-29", "1900-02-28", "2016-02-29", "2021-01-04", "2019-12-29", "2019-12-30", "1600-02-29",
    "9000-06-15", "2008-12-28", "2008-12-29", "2010-01-03", "1969-12-29",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(f"{year}-01-01",) for year in range(2003, 2023)],
    *[(f"{year}-12-31",) for year in range(2003, 2023)],
    *[(date,) for date in _DATES],
    *[(str(datetime.date.fromordinal(_rng.randrange(693596, 767009))),) for _ in range(40)],
]
