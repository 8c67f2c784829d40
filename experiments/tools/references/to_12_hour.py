"""What to_12_hour must answer."""


def to_12_hour(time: str) -> str:
    """Returns the time with AM or PM."""
    hour = int(time[:2])
    return f"{hour % 12 or 12}{time[2:]} {'AM' if hour < 12 else 'PM'}"


INPUTS: list[tuple[str]] = [
    *[(f"{hour:02}:00",) for hour in range(24) if hour != 9],
    *[(f"{hour:02}:59",) for hour in range(24)],
    *[(f"{hour:02}:{(7 * hour + 2) % 60:02}",) for hour in range(24)],
]
