"""Inputs that meet a precondition: drawn and kept, and where few are, grown from those that were kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluators.input_generation import Input, InputSource, distinct

Predicate = Callable[[Sequence[Input]], Sequence[bool]]

_SMALLEST_SHARE = 0.1  # of the inputs inside: what is rarer still is made up for in several rounds
_SPARE = 10
_ROUNDS = 10


@dataclass(frozen=True)
class AdmittedInputs:
    """Inputs, told apart by a precondition.

    Attributes:
        inside: Those that meet it.
        outside: Those that do not, on which a tool need only fail cleanly.
    """

    inside: list[Input]
    outside: list[Input]


def admitted_inputs(source: InputSource, holds: Predicate, count: int) -> AdmittedInputs:
    """Returns about so many different inputs that meet a precondition, or as many as were found.

    Args:
        source: Of the inputs.
        holds: The precondition.
        count: How many inputs are wanted inside.
    """
    inside, outside = _told_apart(source.inputs(count), holds)
    for _ in range(_ROUNDS):
        missing = count - len(inside)
        if missing <= 0 or not (inside or source.known):
            break
        share = max(len(inside) / (len(inside) + len(outside)), _SMALLEST_SHARE)
        more = source.changed(inside or source.known, int(missing / share) + _SPARE, [*inside, *outside])
        if not more:
            break
        fitting, unfitting = _told_apart(more, holds)
        inside, outside = inside + fitting, outside + unfitting
    return AdmittedInputs(inside[:count], outside)


def _told_apart(inputs: Sequence[Input], holds: Predicate) -> tuple[list[Input], list[Input]]:
    different = distinct(inputs)
    verdicts = list(zip(different, holds(different), strict=True))
    return [given for given, fits in verdicts if fits], [given for given, fits in verdicts if not fits]
