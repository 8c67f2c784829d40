"""What convert_weight must answer."""

import itertools

_GRAMS = {"g": 1.0, "kg": 1000.0, "oz": 28.349523125, "lb": 453.59237}


def convert_weight(value: float, source: str, target: str) -> float:
    """Returns the weight in the target's unit."""
    return value * _GRAMS[source] / _GRAMS[target]


_VALUES = (0, 0.1, 0.75, 1.5, 4.5, 12, 165, 500)
INPUTS: list[tuple[float, str, str]] = [
    *[(value, source, target) for value in _VALUES for source, target in itertools.permutations(_GRAMS, 2)],
    *[(2.2, unit, unit) for unit in _GRAMS],
]
