"""What ipv4_valid must answer."""

import random


def ipv4_valid(text: str) -> bool:
    """Returns whether the text is four numbers of a byte each."""
    parts = text.split(".")
    return len(parts) == 4 and all(
        part.isdigit() and str(int(part)) == part and int(part) <= 255 for part in parts
    )


def _address(largest: int) -> str:
    return ".".join(str(_rng.randint(0, largest)) for _ in range(4))


_rng = random.Random(0)
_TEXTS = [
    "", ".", "...", "0.0.0.0", "255.255.255.255", "00.0.0.0", "0.0.0.00", "1.2.3.4.5", "1.2.3.4.", ".1.2.3.4",
    "1..2.3", "1.2.3.", "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4", "1. 2.3.4", "a.b.c.d", "1.2.3.x",
    "1.2.3.4\n", "127.0.0.1", "10.0.0.300", "1,2,3,4", "1.2.3.0x4", "1234", "8.8.8.8", "100.200.100.200",
    "1.2.3.256", "1.2.3.1000", "1.2.3.1e1", "1_0.2.3.4", "01.02.03.04",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[(_address(255),) for _ in range(30)],
    *[(_address(300),) for _ in range(25)],
]
