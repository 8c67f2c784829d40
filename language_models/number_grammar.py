"""Grammars of the numbers in a range, digit by digit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from language_models.gbnf import NOTHING, Body, alternatives, literal, optional, sequence

FRACTION = "[0-9]{1,12}"
MORE_DIGITS = "[0-9]{0,12}"  # few enough that no float rounds them to the bound
MOST = 10**15  # where a range has no end: floats are exact up to here
ANY_INTEGER = '"-"? ("0" | [1-9] [0-9]{0,14})'
ANY_NUMBER = f'{ANY_INTEGER} ("." {FRACTION})? ([eE] [-+]? [0-9]{{1,2}})?'


@dataclass(frozen=True)
class Bound:
    """An end of a range, part of it unless `is_open`."""

    value: Decimal
    is_open: bool = False


def integers(low: Bound | None, high: Bound | None) -> Body | None:
    """Returns the whole numbers of the range."""
    if low is None and high is None:
        return ANY_INTEGER
    least, most = whole_bounds(low, high)
    return alternatives([sequence('"-"', _wholes(max(1, -most), -least)), _wholes(max(0, least), most)])


def whole_bounds(low: Bound | None, high: Bound | None) -> tuple[int, int]:
    """Returns the least and the most whole number of a range, of one without an end far away."""
    least = _ceiling(low) if low else None
    most = _floor(high) if high else None
    return (
        min(-MOST, 10 * (most or 0)) if least is None else least,
        max(MOST, 10 * (least or 0)) if most is None else most,
    )


def numbers(low: Bound | None, high: Bound | None) -> Body | None:
    """Returns the decimal numbers of the range."""
    if low is None and high is None:
        return ANY_NUMBER
    zero, below_zero = Bound(Decimal(0)), Bound(Decimal(0), is_open=True)
    positive = _magnitudes(low if low and low.value >= 0 else zero, high)
    mirrored = Bound(-low.value, low.is_open) if low else None
    if high is not None and high.value <= 0:
        below_zero = Bound(-high.value, high.is_open)
    return alternatives([positive, sequence('"-"', _magnitudes(below_zero, mirrored))])


def _magnitudes(low: Bound, high: Bound | None) -> Body | None:
    """Returns the numbers of a range that begins at 0 or above."""
    first = int(low.value)
    if high is None:
        high = Bound(Decimal(max(MOST, first * 10)), is_open=True)
    if high.value < low.value or (high.value == low.value and (low.is_open or high.is_open)):
        return None
    last = int(high.value)
    if first == last:
        return sequence(literal(str(first)), _fractions_between(low, high))
    low_fraction, high_fraction = _fraction(low.value), _fraction(high.value)
    return alternatives(
        [
            sequence(literal(str(first)), _at_least(low_fraction, low.is_open)),
            sequence(_wholes(first + 1, last - 1), optional(f'"." {FRACTION}')),
            sequence(literal(str(last)), _at_most(high_fraction, high.is_open)),
        ]
    )


def _at_least(fraction: str, is_open: bool) -> Body:
    """Returns the fractions, point and all, from this one up."""
    if not fraction and not is_open:
        return optional(f'"." {FRACTION}')
    return f'"." {_digits_from(fraction, is_open)}'


def _digits_from(digits: str, is_open: bool) -> Body:
    if not digits:
        return '"0"{0,6} [1-9] [0-9]{0,3}' if is_open else MORE_DIGITS
    first = int(digits[0])
    larger = f"[{first + 1}-9] {MORE_DIGITS}" if first < 9 else None
    return alternatives([f'"{first}" {_digits_from(digits[1:], is_open)}', larger]) or NOTHING


def _at_most(fraction: str, is_open: bool) -> Body | None:
    """Returns the fractions, point and all, up to this one."""
    if not fraction:
        return None if is_open else NOTHING
    return optional(sequence('"."', _digits_to(fraction, is_open)))


def _digits_to(digits: str, is_open: bool) -> Body | None:
    first = int(digits[0])
    smaller = f"[0-{first - 1}] {MORE_DIGITS}" if first else None
    if len(digits) == 1:
        return alternatives([smaller, None if is_open else f'"{first}"'])
    return alternatives([smaller, f'"{first}" {optional(_digits_to(digits[1:], is_open))}'])


def _fractions_between(low: Bound, high: Bound) -> Body | None:
    """Returns the fractions from one bound to the other, both of one whole number."""
    ways: list[Body | None] = []
    if low.value == int(low.value) and not low.is_open:
        ways.append(NOTHING)
    for digits in range(1, max(len(_fraction(low.value)), len(_fraction(high.value))) + 3):
        scale = 10**digits
        whole = int(low.value) * scale
        least = _ceiling(Bound(low.value * scale, low.is_open)) - whole
        most = _floor(Bound(high.value * scale, high.is_open)) - whole
        if least <= most < scale:
            ways.append(f'"." {_between(str(least).zfill(digits), str(most).zfill(digits))}')
    return alternatives(ways)


def _wholes(least: int, most: int) -> Body | None:
    """Returns the whole numbers from `least`, which is 0 or more, to `most`."""
    ways = []
    for width in range(len(str(least)), len(str(max(most, 0))) + 1):
        low = max(least, 10 ** (width - 1) if width > 1 else 0)
        high = min(most, 10**width - 1)
        if low <= high:
            ways.append(_between(str(low), str(high)))
    return alternatives(ways)


def _between(low: str, high: str) -> Body:
    """Returns the digits from `low` to `high`, all as long as these."""
    if low == high:
        return literal(low)
    if low[0] == high[0]:
        return f'"{low[0]}" {_between(low[1:], high[1:])}'
    first, last, rest = int(low[0]), int(high[0]), len(low) - 1
    ways: list[Body | None] = []
    if low[1:].strip("0"):
        ways.append(f'"{first}" {_between(low[1:], "9" * rest)}')
        first += 1
    end = None
    if high[1:].strip("9"):
        end = f'"{last}" {_between("0" * rest, high[1:])}'
        last -= 1
    if first <= last:
        ways.append(f"[{first}-{last}]" + (f" [0-9]{{{rest}}}" if rest else ""))
    return alternatives([*ways, end]) or NOTHING


def _ceiling(bound: Bound) -> int:
    whole = int(bound.value.to_integral_value(ROUND_CEILING))
    return whole + 1 if bound.is_open and whole == bound.value else whole


def _floor(bound: Bound) -> int:
    whole = int(bound.value.to_integral_value(ROUND_FLOOR))
    return whole - 1 if bound.is_open and whole == bound.value else whole


def _fraction(value: Decimal) -> str:
    """Returns the digits behind the point."""
    return f"{value:f}".partition(".")[2].rstrip("0")
