"""What seconds_to_duration must answer."""

import random


def seconds_to_duration(seconds: int) -> str:
    """Returns the seconds as days, hours, minutes and seconds, those that are not zero."""
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


_rng = random.Random(0)
_SECONDSS = [
    1, 60, 61, 119, 120, 3599, 3600, 3601, 3660, 3661, 7200, 86399, 86400, 86401, 86460, 90000, 90060, 172800,
    604800, 31536000, 10**9, 10**12,
]  # fmt: skip
INPUTS: list[tuple[int]] = [
    *[(seconds,) for seconds in _SECONDSS],
    *[(seconds,) for seconds in _rng.sample(range(62, 3599), 15)],
    *[(seconds,) for seconds in _rng.sample(range(3700, 86000), 15)],
    *[(seconds,) for seconds in _rng.sample(range(100000, 10**7), 15)],
]
