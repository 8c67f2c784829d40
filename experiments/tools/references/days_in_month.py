"""What days_in_month must answer."""

import calendar
import itertools


def days_in_month(year: int, month: int) -> int:
    """Returns the number of days."""
    return calendar.monthrange(year, month)[1]


_LEAP_OR_NOT = [
    1, 4, 100, 400, 1600, 1700, 1999, 2000, 2001, 2020, 2022, 2023, 2025, 2028, 2100, 2200, 2400, 9996, 9999,
]  # fmt: skip
INPUTS: list[tuple[int, int]] = [
    *[(year, 2) for year in _LEAP_OR_NOT],
    *itertools.product((1900, 1970, 2008, 2024), (1, *range(3, 13))),
]
