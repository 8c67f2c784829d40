"""What convert_temperature must answer."""

import itertools


def convert_temperature(value: float, source: str, target: str) -> float:
    """Returns the temperature in the target's unit, to two decimals."""
    celsius = {"C": value, "F": (value - 32) * 5 / 9, "K": value - 273.15}[source]
    return round({"C": celsius, "F": celsius * 9 / 5 + 32, "K": celsius + 273.15}[target], 2)


_VALUES = (-459.6, -40, -17.7, -0.1, 0, 0.5, 20.5, 32, 37.8, 99.9, 100, 273.1, 1000, 999.9)
INPUTS: list[tuple[float, str, str]] = [
    *[
        (value, source, target)
        for value, (source, target) in itertools.product(_VALUES, itertools.permutations("CFK", 2))
        if (value, source, target) not in ((100, "C", "F"), (0, "K", "C"))
    ],
    *[(37.8, unit, unit) for unit in "CFK"],
]
