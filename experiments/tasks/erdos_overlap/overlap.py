"""Upper bounds for Erdos's minimum overlap constant from step functions, in exact arithmetic.

A function h from [0, 2] to [0, 1] whose integral is 1 shows that the constant is at most the largest overlap,
over all shifts k, of h(x) with 1 - h(x + k), where both are 0 outside [0, 2] (Swinnerton-Dyer, in Haugland,
"The minimum overlap problem revisited", arXiv 1609.08000). The overlap of step functions is linear between
shifts by whole steps, so those are enough.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from evaluators import Evaluation
from experiments.constructions.exact_json import ConstructionRefused, fractions, part

MOST_STEPS = 3_000
EDGE = Fraction(1, 10**9)  # how far outside [0, 1] rounding may put a value; it is moved to the edge
ROUNDING = Fraction(1, 10**6)  # relative error of the integral that rounding explains; it is scaled away


def construction(value: Any) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns minus the bound that a step function gives, a list of its values on steps of equal width."""
    heights = fractions(part(value, "heights"), "heights")
    if not 1 <= len(heights) <= MOST_STEPS:
        raise ConstructionRefused(f"heights: expected 1 to {MOST_STEPS:,} of them, found {len(heights):,}")
    for number, height in enumerate(heights):
        if not -EDGE <= height <= 1 + EDGE:
            raise ConstructionRefused(f"heights[{number}]: expected 0 to 1, found {float(height):.17g}")
    heights = [min(max(height, Fraction(0)), Fraction(1)) for height in heights]
    bound = _ceiling(largest_overlap(_scaled(heights)))
    return Evaluation(-bound, {"bound": -bound})


def largest_overlap(heights: list[Fraction]) -> Fraction:
    """Returns the largest overlap over all shifts, exactly; the integral of the heights is 1."""
    common = math.lcm(*(height.denominator for height in heights))
    whole = [int(height * common) for height in heights]
    # One product of two long integers holds every sum of products in digits of its own.
    digit = 2 * common.bit_length() + len(heights).bit_length() + 1
    first = _packed(whole, digit)
    second = _packed([common - height for height in reversed(whole)], digit)
    product, mask, largest = first * second, (1 << digit) - 1, 0
    text = product.to_bytes((2 * len(whole) * digit + 7) // 8 + 1, "little")
    for place in range(2 * len(whole) - 1):
        start = place * digit
        piece = int.from_bytes(text[start // 8 : (start + digit + 7) // 8 + 1], "little") >> (start % 8)
        largest = max(largest, piece & mask)
    return Fraction(2 * largest, common**2 * len(whole))


def _packed(digits: list[int], bits: int) -> int:
    """Returns the number with these digits, the lowest first, in base 2**bits."""
    if len(digits) == 1:
        return digits[0]
    half = len(digits) // 2
    return _packed(digits[:half], bits) | (_packed(digits[half:], bits) << (half * bits))


def _scaled(heights: list[Fraction]) -> list[Fraction]:
    """Returns the heights with an integral of exactly 1; raises `ConstructionRefused` far from it."""
    wanted, found = Fraction(len(heights), 2), sum(heights, Fraction(0))
    if found == wanted:
        return heights
    if abs(found - wanted) > ROUNDING * wanted:
        raise ConstructionRefused(
            f"heights: expected a mean of 0.5, for an integral of 1, found {float(found / len(heights)):.17g}"
        )
    scaled = [height * wanted / found for height in heights]
    if max(scaled) <= 1:
        return scaled
    # Scaling up would leave [0, 1]: what lies below 1 is moved towards it by one share.
    room = len(heights) - found
    return [height + (1 - height) * (wanted - found) / room for height in heights]


def _ceiling(value: Fraction) -> float:
    """Returns the smallest float that is no less."""
    number = float(value)
    return number if Fraction(number) >= value else float(np.nextafter(number, np.inf))
