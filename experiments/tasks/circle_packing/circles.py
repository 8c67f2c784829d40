"""Packings of circles, repaired and scored in exact arithmetic.

Nothing is tolerated: circles that reach out of the square or into one another are shrunk until they do not,
and what is left is scored. A packing that rounding cannot explain is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from evaluators import Evaluation
from experiments.constructions.exact_json import ConstructionRefused, fractions, part

DIGITS = 60  # binary digits beyond those of floats, to which square roots are taken
ROUNDING = Fraction(1, 10**6)  # most that all radii together may lose for a construction to be one


@dataclass(frozen=True)
class Circle:
    """A circle, exactly."""

    x: Fraction
    y: Fraction
    radius: Fraction


def construction(value: Any, n: int, *, may_lose: Fraction | None = ROUNDING) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns the sum of the radii of a packing of n circles in the unit square, repaired.

    Args:
        value: A list of [x, y, radius], or an object of "circles", or of "centers" and "radii".
        n: How many circles.
        may_lose: How much the radii together may lose by the repair; None: anything.
    """
    given = _circles(value, n)
    repaired = repair(given)
    lost = sum((old.radius - new.radius for old, new in zip(given, repaired, strict=True)), Fraction(0))
    if may_lose is not None and lost > may_lose:
        raise ConstructionRefused(
            f"circles: expected none that reach out of the square or into another, found radii that are too "
            f"large by {float(lost):.3g} together"
        )
    score = _floor(sum((circle.radius for circle in repaired), Fraction(0)))
    return Evaluation(score, {f"n={n}": score})


def repair(circles: list[Circle]) -> list[Circle]:
    """Returns the circles, of which those that are too large are shrunk; their centers stay."""
    radii = [min(c.radius, c.x, 1 - c.x, c.y, 1 - c.y) for c in circles]
    for i, j in combinations(range(len(circles)), 2):
        if not _are_apart(circles[i], circles[j], radii[i] + radii[j]):
            excess = radii[i] + radii[j] - _distance(circles[i], circles[j])
            share = min(radii[i], max(excess / 2, excess - radii[j]))
            radii[i] -= share
            radii[j] -= excess - share
    return [Circle(c.x, c.y, radius) for c, radius in zip(circles, radii, strict=True)]


def _are_apart(one: Circle, other: Circle, radii: Fraction) -> bool:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= radii**2


def _distance(one: Circle, other: Circle) -> Fraction:
    """Returns the distance of two centers, rounded down."""
    squared = (one.x - other.x) ** 2 + (one.y - other.y) ** 2
    scale = 2 ** (2 * (DIGITS + 60))
    return Fraction(math.isqrt(squared.numerator * scale // squared.denominator), 2 ** (DIGITS + 60))


def _floor(value: Fraction) -> float:
    """Returns the largest float that is no greater."""
    number = float(value)
    return number if Fraction(number) <= value else math.nextafter(number, -math.inf)


def _circles(value: Any, n: int) -> list[Circle]:  # noqa: ANN401 - JSON
    if isinstance(value, dict) and "circles" not in value and {"centers", "radii"} <= value.keys():
        value = _joined(value, n)
    rows = part(value, "circles", {"n": n})
    if not isinstance(rows, list) or len(rows) != n:
        found = f"{len(rows)}" if isinstance(rows, list) else type(rows).__name__
        raise ConstructionRefused(f"circles: expected {n} of them, found {found}")
    circles = []
    for number, row in enumerate(rows):
        entries = fractions(row, f"circles[{number}]")
        if len(entries) != 3:
            raise ConstructionRefused(
                f"circles[{number}]: expected [x, y, radius], found {len(entries)} numbers"
            )
        circle = Circle(*entries)
        if circle.radius < 0:
            raise ConstructionRefused(f"circles[{number}]: expected no negative radius, found {row[2]}")
        if not (0 <= circle.x <= 1 and 0 <= circle.y <= 1):
            raise ConstructionRefused(
                f"circles[{number}]: expected a center in the unit square, found {row[:2]}"
            )
        circles.append(circle)
    return circles


def _joined(value: dict[str, Any], n: int) -> dict[str, Any]:
    """Returns centers and radii as circles."""
    centers, radii = value["centers"], value["radii"]
    if not isinstance(centers, list) or not isinstance(radii, list) or len(centers) != len(radii):
        raise ConstructionRefused(f"centers, radii: expected two lists of {n}, found others")
    rows = [
        [*center, radius] if isinstance(center, list) else center
        for center, radius in zip(centers, radii, strict=True)
    ]
    rest = {key: entry for key, entry in value.items() if key not in ("centers", "radii")}
    return {"circles": rows, **rest}
