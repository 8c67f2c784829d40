"""What human_size must answer."""

import random


def human_size(size: int) -> str:
    """Returns the size with its unit."""
    if size < 1024:
        return f"{size} B"
    power = next((power for power in (1, 2, 3) if size < 1024 ** (power + 1)), 4)
    return f"{size / 1024**power:.1f} {['KB', 'MB', 'GB', 'TB'][power - 1]}"


_rng = random.Random(0)
_SIZES = [
    1, 9, 10, 999, 1000, 1023, 1024, 1025, 1126, 1280, 1792, 2048, 10240, 1048575, 1048577, 1572864,
    1073741823, 1073741824, 5368709120, 1099511627775, 1099511627776, 123456789, 1024**4 * 1023, 1024**5,
    10**18, 10**15, 1024**2 * 1000, 1024**3 * 10, 102400,
]  # fmt: skip
INPUTS: list[tuple[int]] = [
    *[(size,) for size in _SIZES],
    *[(_rng.randrange(1024**power, 1024 ** (power + 1)),) for power in range(4) for _ in range(10)],
    *[(_rng.randrange(1024**4, 10**17),) for _ in range(6)],
]
