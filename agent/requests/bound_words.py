"""Bounds in words, such as "at most 5 steps" or "within 2 minutes": read whole or not at all.

A sentence that says more than a bound ("a recipe of at most 5 steps") speaks of the answer, not of the work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.number_words import TO_TWENTY

Thing = Literal["steps", "tokens", "seconds", "money"]
Side = Literal["most", "least"]


@dataclass(frozen=True)
class Bound:
    """What the work may or must use of a thing.

    Attributes:
        thing: Steps, tokens, seconds, or money.
        side: Whether it may use at most or must use at least so much.
        value: How much.
        is_strict: Whether the value itself is out of bounds.
    """

    thing: Thing
    side: Side
    value: float
    is_strict: bool = False


LONGEST = 120  # characters of a sentence that is nothing but a bound

NUMBERS = {word: number for number, word in enumerate(TO_TWENTY)} | {
    "a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100, "thousand": 1000,
}  # fmt: skip

_UNITS: dict[str, tuple[Thing, float]] = {
    r"(?:tool[ -]?|function[ -]?)?(?:steps?|calls?)|calls? (?:of|to) (?:a )?tools?": ("steps", 1.0),
    r"(?:model |llm )?tokens?": ("tokens", 1.0),
    r"milliseconds?|msecs?|ms": ("seconds", 0.001),
    r"seconds?|secs?|s": ("seconds", 1.0),
    r"minutes?|mins?|m": ("seconds", 60.0),
    r"hours?|hrs?|h": ("seconds", 3600.0),
    r"days?": ("seconds", 86400.0),
    r"cents?": ("money", 0.01),
    r"\$|€|£|us\$|usd|eur|gbp|dollars?|euros?|pounds?": ("money", 1.0),
}
_MONEY = r"\$|€|£|us\$|usd|eur|gbp"

_LIMITS: dict[str, tuple[Side, bool]] = {  # by what they say: side, and whether the value is out of bounds
    r"at most|no more than|not more than|up to|(?:a )?max(?:imum|imal)?(?: of)?|max\.|within|no longer than"
    r"|not longer than|not exceed|(?:a )?(?:limit|budget) of|<=|≤|=<": ("most", False),
    r"under|below|less than|fewer than|<": ("most", True),
    r"at least|no less than|not less than|no fewer than|(?:a )?min(?:imum|imal)?(?: of)?|min\.|>=|≥": (
        "least",
        False,
    ),
    r"over|above|more than|longer than|>": ("least", True),
}
_AFTER: dict[str, tuple[Side, bool]] = {
    r"at most|or less|or fewer|max(?:imum|\.)?|tops|or under": ("most", False),
    r"at least|or more|min(?:imum|\.)?|or longer": ("least", False),
}
_NOT = r"(?:(?:do|does|may|must|should|shall|can) ?(?:not|n't)|cannot|never)"
_VERB = (
    r"(?:use|uses|using|take|takes|taking|make|makes|making|do|call|spend|spends|cost|costs|costing|pay|run|need"
    r"|finish|finished|complete|completed|work|done|last|answer|reply|stay|keep|be|limit yourself|stop"
    r"|have|has)\b:?"
)
_WHO = (
    r"(?:please|you|it|this|that|the (?:work|request|run|task|job|whole|whole thing|cost|time|agent|budget)"
    r"|time|price|budget|may|must|should|shall|can|will|is|are|to|in|for|only|a total of|total|just"
    r"|it all|everything)\b:?"
)
_NUMBER = r"\d{1,3}(?:[ ,_]\d{3})+(?:\.\d+)?|\d*\.?\d+|" + "|".join(NUMBERS)
_TAIL = (
    r"(?: ?(?:in total|in all|altogether|overall|for (?:this|the|it|all)(?: of it| request| work)?|long))?"
)
_QUANTITY = (
    rf"(?P<sign>{_MONEY})? ?(?P<number>{_NUMBER})(?P<kilo>k|m)?"
    rf"(?: ?(?P<unit>{'|'.join(_UNITS)}))?"
)
_HEAD = rf"(?P<head>(?:(?:{_WHO}|{_VERB}) ?)*)"


def _said(limits: Mapping[str, tuple[Side, bool]], name: str) -> str:
    return rf"(?P<{name}>{'|'.join(sorted(limits, key=len, reverse=True))})"


_BEFORE = re.compile(rf"{_HEAD}{_said(_LIMITS, 'limit')} ?{_QUANTITY}{_TAIL}")
_BEHIND = re.compile(rf"{_HEAD}{_QUANTITY} ?{_said(_AFTER, 'limit')}{_TAIL}")
_NEGATED = re.compile(
    rf"(?P<head>(?:{_WHO} ?)*{_NOT} ?(?:{_VERB} ?)*)(?P<limit>exceed|more than|longer than|over|above) "
    rf"?{_QUANTITY}{_TAIL}"
)
_NAMED = re.compile(  # "max steps: 5", "steps <= 5"
    rf"(?P<head>(?:max(?:imum|\.)? )?(?P<unit>{'|'.join(_UNITS)}|seconds|time|cost|price|money)) ?"
    rf"(?P<limit><=|≤|<|>=|≥|>|:|=) ?(?P<sign>{_MONEY})? ?(?P<number>{_NUMBER})(?P<kilo>k)?"
)
_PAID = re.compile(r"\b(?:cost|costs|costing|spend|spends|pay|price|budget)\b")


def bound_of(sentence: str) -> Bound | None:
    """Returns the bound that a sentence says, None where it says something else.

    Args:
        sentence: In lower case, without punctuation at its end.
    """
    if len(sentence) > LONGEST:
        return None
    for form, limits in ((_NEGATED, None), (_BEFORE, _LIMITS), (_BEHIND, _AFTER), (_NAMED, _LIMITS)):
        found = form.fullmatch(sentence)
        if found is None:
            continue
        thing, scale = _thing(found)
        if thing is not None:
            side, is_strict = _side(found["limit"], limits or {})
            return Bound(thing, side, _number(found) * scale, is_strict)
    return None


def _side(said: str, limits: Mapping[str, tuple[Side, bool]]) -> tuple[Side, bool]:
    for words, (side, is_strict) in limits.items():
        if re.fullmatch(words, said):
            return side, is_strict
    return "most", False  # "steps: 5", "do not exceed 5 steps"


def _thing(found: re.Match[str]) -> tuple[Thing | None, float]:
    unit = found["unit"] or found["sign"]
    if unit is None:
        return ("money", 1.0) if _PAID.search(found["head"]) else (None, 1.0)
    for words, (thing, scale) in _UNITS.items():
        if re.fullmatch(words, unit):
            return thing, scale
    return ("seconds", 1.0) if unit == "time" else ("money", 1.0)


def _number(found: re.Match[str]) -> float:
    text = re.sub(r"[ ,_]", "", found["number"])
    value = float(NUMBERS[text]) if text in NUMBERS else float(text)
    return value * {"k": 1e3, "m": 1e6}.get(found.groupdict().get("kilo") or "", 1.0)
