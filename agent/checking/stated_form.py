"""Requirements in words that say a form, such as "at most 10 words": read whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from agent.number_words import TO_TWENTY
from agent.request import Json

Check = Callable[[Json], bool]

_N = rf"(-?\d+(?:\.\d+)?|{'|'.join(TO_TWENTY)})"
_THING = (
    r"(?:(?:(?:the|your) )?(?:answer|result|output|value|reply|it) |(?:the|your) (?:text|list|summary) )?"
    r"(?:(?:must|should|shall|has to|needs to) )?"
)
_SUBJECT = re.compile(
    rf"^{_THING}(?:only )?(?:(?:be|is|are|have|has|contains?|consists? of) )?(?:given )?", re.IGNORECASE
)
_UNITS = r"(words?|characters?|letters|items?|elements?|entries|numbers?|lines?|sentences?)"
_MOST = ("at most", "no more than", "not more than", "up to", "a maximum of", "maximum", "max")
_LEAST = ("at least", "no fewer than", "no less than", "not less than", "a minimum of", "minimum", "min")
_LESS = ("fewer than", "less than", "under", "below", "smaller than", "shorter than")
_MORE = ("more than", "over", "above", "greater than", "larger than", "bigger than", "longer than")
_SIDES: Mapping[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(_MOST, lambda found, bound: found <= bound),
    **dict.fromkeys(_LEAST, lambda found, bound: found >= bound),
    **dict.fromkeys(_LESS, lambda found, bound: found < bound),
    **dict.fromkeys(_MORE, lambda found, bound: found > bound),
    **dict.fromkeys(("exactly", "equal to", ""), lambda found, bound: found == bound),
}
_SIDE = "|".join(sorted(filter(None, _SIDES), key=len, reverse=True))
_BOUND = re.compile(rf"(?:({_SIDE})\s+)?{_N}(?:\s+{_UNITS})?(?:\s+long)?(?:\s+or (fewer|less|more))?")
_BETWEEN = re.compile(
    rf"(?:between|from)\s+{_N}\s+(?:and|to)\s+{_N}(?:\s+{_UNITS})?(?:\s+long)?(?:\s+inclusive)?"
)
_DECIMALS = re.compile(rf"rounded to (?:at most )?{_N} (?:decimals?|decimal places|places|digits)")
_QUOTED = re.compile(
    rf"""{_THING}(starts? with|begins? with|ends? with|contains?|includes?) (["'`])(.+)\2""", re.IGNORECASE
)
_DATE = re.compile(r"(?:a date )?(?:in |of )?(?:the )?(?:form(?:at)? )?(?:yyyy-mm-dd|iso date|iso 8601 date)")


def is_form(requirement: str) -> bool:
    """Returns whether a requirement says a form that is known."""
    return _check(requirement) is not None


def form_problem(requirement: str, value: Json) -> str:
    """Returns what is wrong with a value; "" where it has the form that a requirement says."""
    check = _check(requirement)
    if check is None:
        raise ValueError(f"form_problem(requirement={requirement!r:.80}): expected a form that is known")
    try:
        is_right = check(value)
    except (TypeError, ValueError):  # of another type than the form speaks of
        is_right = False
    return "" if is_right else f"found {json.dumps(value, ensure_ascii=False, default=str):.100}"


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Json) -> bool:
    return _is_number(value) and float(value).is_integer()


def _is_list_of(kind: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_json(value: Json) -> bool:
    if isinstance(value, str):
        json.loads(value)
    return True


def _is_one_case(value: Json, wanted: Callable[[str], str]) -> bool:
    texts = value if isinstance(value, list) else [value]
    return bool(texts) and all(isinstance(text, str) and text == wanted(text) for text in texts)


def _is_unique(value: Json) -> bool:
    marks = [json.dumps(entry, sort_keys=True) for entry in value]
    return isinstance(value, list) and len(set(marks)) == len(marks)


def _is_sorted(value: Json, *, falling: bool = False) -> bool:
    return isinstance(value, list) and value == sorted(value, reverse=falling)


def _is_date(value: Json) -> bool:
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


_FORMS: Mapping[str, Check] = {
    r"(?:an? )?(?:integer|int|whole number)": _is_integer,
    r"(?:a )?(?:single |plain )?(?:number|float|decimal(?: number)?)|numeric": _is_number,
    r"(?:a )?positive(?: number| integer)?": lambda value: _is_number(value) and value > 0,
    r"(?:a )?negative(?: number| integer)?": lambda value: _is_number(value) and value < 0,
    r"(?:a )?non-?negative(?: number| integer)?": lambda v: _is_number(v) and v >= 0,
    r"(?:an? )?(?:json )?(?:list|array)": _is_list_of(lambda entry: True),
    r"(?:an? )?(?:list|array) of (?:integers|whole numbers)": _is_list_of(_is_integer),
    r"(?:an? )?(?:list|array) of numbers": _is_list_of(_is_number),
    r"(?:an? )?(?:list|array) of (?:strings|texts|words|names)": _is_list_of(_is_text),
    r"(?:an? )?(?:list|array) of (?:lists|rows)": _is_list_of(lambda entry: isinstance(entry, list)),
    r"(?:a )?(?:string|text|plain text)": _is_text,
    r"(?:a )?(?:boolean|bool|truth value)|true or false": lambda value: isinstance(value, bool),
    r"(?:an? )?(?:json )?(?:object|dict|dictionary|mapping)": lambda value: isinstance(value, dict),
    r"(?:valid )?json|parseable as json": _is_json,
    r"(?:not|non|never)[- ]?(?:be )?empty|nonempty": lambda value: value not in ("", [], {}, None),
    r"(?:(?:in|all|all in|written in) )?(?:lower ?-?case|small letters)(?: (?:only|letters))?": (
        lambda value: _is_one_case(value, str.lower)
    ),
    r"(?:(?:in|all|all in|written in) )?(?:upper ?-?case|capitals|capital letters)(?: (?:only|letters))?": (
        lambda value: _is_one_case(value, str.upper)
    ),
    r"(?:without|no) (?:duplicates|repetitions)|unique|free of duplicates": _is_unique,
    r"(?:sorted )?in ascending order|sorted(?: ascending(?:ly)?)?|sorted from small to large": _is_sorted,
    r"(?:sorted )?in descending order|sorted descending(?:ly)?": lambda v: _is_sorted(v, falling=True),
    r"(?:a )?(?:single|one) word": lambda value: _is_text(value) and len(value.split()) == 1,
    r"(?:in |on )?(?:a )?(?:single|one) line": lambda value: _is_text(value) and len(value.splitlines()) == 1,
    _DATE.pattern: _is_date,
}  # fmt: skip
_COMPILED = tuple((re.compile(pattern), check) for pattern, check in _FORMS.items())


def _check(requirement: str) -> Check | None:
    """Returns the check that a requirement says; None where it says more than is known, or something else."""
    written = " ".join(requirement.split()).rstrip(".! ")
    if (quoted := _quoted(written)) is not None:
        return quoted
    text = _SUBJECT.sub("", written.casefold(), count=1).strip()
    for pattern, check in _COMPILED:
        if pattern.fullmatch(text):
            return check
    return _bounded(text)


def _quoted(text: str) -> Check | None:
    """Returns the check of a piece that a text must have."""
    found = _QUOTED.fullmatch(text)
    if found is None or found[2] in found[3]:
        return None
    verb, piece = found[1].casefold(), found[3]
    if verb.startswith(("start", "begin")):
        return lambda value: _text(value).startswith(piece)
    if verb.startswith("end"):
        return lambda value: _text(value).endswith(piece)
    return lambda value: piece in value


def _bounded(text: str) -> Check | None:
    """Returns the check of a bound, on a size or on the number itself."""
    if found := _DECIMALS.fullmatch(text):
        digits = int(_number(found[1]))
        return lambda value: _is_number(value) and round(value, digits) == value
    if found := _BETWEEN.fullmatch(text):
        low, high, measure = _number(found[1]), _number(found[2]), _measure(found[3])
        return lambda value: low <= measure(value) <= high
    found = _BOUND.fullmatch(text)
    if found is None or (found[1] and found[4]) or (not found[1] and not found[3]):
        return None
    side = found[1] or {"fewer": "at most", "less": "at most", "more": "at least", None: ""}[found[4]]
    holds, bound, measure = _SIDES[side], _number(found[2]), _measure(found[3])
    return lambda value: holds(measure(value), bound)


def _number(text: str) -> float:
    return float(TO_TWENTY.index(text)) if text in TO_TWENTY else float(text)


def _measure(unit: str | None) -> Callable[[Any], float]:
    """Returns what takes the size of a value in a unit; it raises `TypeError` where the value has none."""
    match (unit or "").rstrip("s"):
        case "":
            return _itself
        case "word":
            return lambda value: len(_text(value).split())
        case "character":
            return lambda value: len(_text(value))
        case "letter":
            return lambda value: sum(sign.isalpha() for sign in _text(value))
        case "line":
            return lambda value: len(_text(value).splitlines())
        case "sentence":
            return lambda value: len(re.findall(r"[^.!?]+(?:[.!?]+(?=\s|$)|$)", _text(value).strip()))
    return lambda value: len(_collection(value))


def _itself(value: Json) -> float:
    if not _is_number(value):
        raise TypeError("expected a number")
    return float(value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _collection(value: Json) -> list[Any] | dict[str, Any]:
    if not isinstance(value, list | dict):
        raise TypeError("expected a list or an object")
    return value
