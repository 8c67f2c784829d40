"""What values may have in common: the traits that are looked for in the inputs of a tool's examples.

Each maker is given the values seen at one place of the arguments and yields the traits that all of them have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_GROWTH = 10  # how much greater, or longer, than any that was seen
_ALWAYS_NUMBER, _ALWAYS_SIZE = 100, 10  # what is never too great, or too long
_RECORD = 3  # a size that all share is a form up to here (a pair, a triple), beyond it rather chance
_RUNS = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
_CLASSES = (("a", "z"), ("A", "Z"), ("0", "9"))
_OPENING, _CLOSING = "([{<", ")]}>"

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Trait:
    """A property of values.

    Attributes:
        has: Whether a value has it.
        is_weak: Whether few values may share it by chance.
    """

    has: Test
    is_weak: bool = False


def traits_of(seen: Sequence[Any]) -> list[Trait]:
    """Returns what values of one type have in common."""
    makers = _MAKERS.get(type(seen[0]), ())
    return [trait for maker in makers for trait in maker(seen)]


def _of_numbers(seen: Sequence[float]) -> Iterator[Trait]:
    lowest, largest = min(seen), max(_ALWAYS_NUMBER, _GROWTH * max(map(abs, seen)))
    yield Trait(lambda value: abs(value) <= largest)
    if lowest > 0:
        yield Trait(lambda value: value > 0)
        yield Trait(lambda value: value >= lowest, is_weak=True)
    elif lowest == 0:
        yield Trait(lambda value: value >= 0)


def _of_sizes(seen: Sequence[Sized]) -> Iterator[Trait]:
    sizes = [len(value) for value in seen]
    shortest, longest = min(sizes), max(sizes)
    yield Trait(lambda value: len(value) <= max(_ALWAYS_SIZE, _GROWTH * longest))
    if shortest > 0:
        yield Trait(lambda value: len(value) > 0)
        yield Trait(lambda value: len(value) >= shortest, is_weak=True)
    if len(sizes) > 1 and shortest == longest:
        yield Trait(lambda value: len(value) == shortest, is_weak=shortest > _RECORD)
    elif len(sizes) > 1 and all(size % 2 == 0 for size in sizes):
        yield Trait(lambda value: len(value) % 2 == 0, is_weak=True)


def _of_texts(seen: Sequence[str]) -> Iterator[Trait]:
    allowed = _alphabet("".join(seen))
    yield Trait(allowed.issuperset)
    for has in (_is_balanced, _is_number, _is_whole_number, _is_tidy):
        if all(map(has, seen)):
            yield Trait(has)
    shape = _shape(seen[0])
    if len(set(seen)) > 1 and len(shape) > 1 and all(_shape(text) == shape for text in seen):
        form = _form(seen)
        yield Trait(lambda text: _shape(text) == shape and form.fullmatch(text) is not None)


def _alphabet(seen: str) -> frozenset[str]:
    """Returns the characters seen and, of letters and digits, those between the first and the last seen."""
    allowed = set(seen)
    for first, last in _CLASSES:
        found = [character for character in seen if first <= character <= last]
        if found:
            allowed |= set(map(chr, range(ord(min(found)), ord(max(found)) + 1)))
    return frozenset(allowed)


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_whole_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None


def _is_tidy(text: str) -> bool:
    return text == text.strip() and "  " not in text


def _shape(text: str) -> tuple[str, ...]:
    """Returns what kinds of runs a text is made of: letters, digits, and all else as it stands."""
    return tuple("a" if r[0].isalpha() else "0" if r[0].isdigit() else r for r in _RUNS.findall(text))


def _form(seen: Sequence[str]) -> re.Pattern[str]:
    """Returns what texts of one shape are all written as: the runs that never change stay."""
    columns = zip(*map(_RUNS.findall, seen), strict=True)
    return re.compile(
        "".join(re.escape(runs[0]) if len(set(runs)) == 1 else f"({_RUNS.pattern})" for runs in columns)
    )


def _of_lists(seen: Sequence[Sequence[Any]]) -> Iterator[Trait]:
    if max(map(len, seen)) < 2:
        return
    candidates = (
        Trait(_is_of_one_type),
        Trait(_is_of_equal_sizes),
        Trait(_is_square),
        Trait(_is_sorted, is_weak=True),
        Trait(_is_distinct, is_weak=True),
    )
    yield from (trait for trait in candidates if all(map(trait.has, seen)))
    if all(map(_is_counting, seen)) and not all(map(_is_sorted, seen)):
        yield Trait(_is_counting)


def _is_of_one_type(values: Sequence[Any]) -> bool:
    return len(set(map(type, values))) <= 1


def _is_of_equal_sizes(values: Sequence[Any]) -> bool:
    return all(isinstance(value, Sized) for value in values) and len(set(map(len, values))) <= 1


def _is_square(values: Sequence[Any]) -> bool:
    return all(isinstance(value, list | tuple) and len(value) == len(values) for value in values)


def _is_sorted(values: Sequence[Any]) -> bool:
    try:
        return all(one <= other for one, other in pairwise(values))
    except TypeError:
        return False


def _is_distinct(values: Sequence[Any]) -> bool:
    return len(set(map(repr, values))) == len(values)


def _is_counting(values: Sequence[Any]) -> bool:
    """Returns whether the values, or those of all rows, are the numbers from 1 up, in any order."""
    flat = [entry for row in values for entry in (row if isinstance(row, list) else [row])]
    return all(type(entry) is int for entry in flat) and sorted(flat) == list(range(1, len(flat) + 1))


_MAKERS: dict[type, tuple[Callable[[Sequence[Any]], Iterator[Trait]], ...]] = {
    int: (_of_numbers,),
    float: (_of_numbers,),
    str: (_of_sizes, _of_texts),
    list: (_of_sizes, _of_lists),
    tuple: (_of_sizes, _of_lists),
    dict: (_of_sizes,),
    set: (_of_sizes,),
}
