"""Inputs of a tool: half drawn from its types, half by changing the inputs of its examples.

The door of Hypothesis, which serves as a library of strategies: it never runs while programs are scored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import hypothesis
import numpy as np
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

from evaluators.cases import Family
from evaluators.docstring_hints import hints_of
from evaluators.example_mutation import ExampleMutation
from evaluators.small_values import small_inputs
from evaluators.type_inference import parameter_types
from evaluators.vocabulary import Vocabulary, leaves, rank, vocabulary_of
from programs.tool_signature import ToolSignature
from programs.tool_specification import ToolSpecification
from programs.value_type import ValueType

Input = tuple[Any, ...]
Values = SearchStrategy[Any]

LONGEST_INPUT = 1_000  # characters of its literal
_SMALL_SHARE = 0.2
_LARGE = (8, 20)  # more entries than the first, more characters than the second
_LARGE_NUMBER = 100
_LARGEST = 1e12  # a number far below where floats skip integers, so that no right program errs by rounding
_LARGEST_INT = 100_000  # so that a right program that counts up to it is not slow
_TRIES = 20  # mutations for each that is wanted, before a narrow domain counts as exhausted
_PROVIDER = "tools"


class _WithoutSurprises(HypothesisProvider):
    """Draws as Hypothesis does, without the constants that it collects from whatever modules are loaded."""

    def _maybe_draw_constant(self, *arguments: object, **named: object) -> None:
        return None


AVAILABLE_PROVIDERS[_PROVIDER] = f"{__name__}._WithoutSurprises"


def generate_inputs(
    specification: ToolSpecification, seed: int, count: int, *, signature: ToolSignature | None = None
) -> list[Input]:
    """Returns different inputs, the same for the same seed, of the types that the signature states.

    A fifth are the smallest of their types; of the rest, half are drawn from the types and half changed from
    the examples' inputs (from drawn ones where there is no example). Fewer come where a type has no more.

    Args:
        specification: Its examples and its description tell what the types leave open.
        seed: Of everything that is drawn.
        count: How many.
        signature: In the place of the specification's.

    Raises:
        ValueError: There is no signature.
    """
    return InputSource(specification, seed, signature=signature).inputs(count)


def distinct(inputs: Iterable[Input]) -> list[Input]:
    """Returns the inputs without those that came before; 1, 1.0 and True are different ones."""
    return list({repr(arguments): arguments for arguments in inputs}.values())


def family_of(arguments: Sequence[object]) -> Family:
    """Returns what an input is like: with something empty or single in it, large, or else small."""
    sizes = [len(value) for value in arguments if isinstance(value, str | list | tuple | dict)]
    numbers = [value for value in arguments if isinstance(value, int | float)]
    if any(size <= 1 for size in sizes) or any(number in (0, 1) for number in numbers):
        return "edge"
    if any(leaf is None for leaf in leaves(arguments)):
        return "edge"
    is_long = any(size > _LARGE[type(value) is str] for value, size in _sized(arguments))
    return "large" if is_long or any(abs(number) > _LARGE_NUMBER for number in numbers) else "small"


class InputSource:
    """Where the inputs of one tool come from.

    Args:
        specification: The tool.
        seed: Of everything that is drawn.
        signature: In the place of the specification's.

    Attributes:
        known: Inputs of the examples, and of the calls that the description shows.
    """

    def __init__(
        self, specification: ToolSpecification, seed: int, *, signature: ToolSignature | None = None
    ) -> None:
        signature = signature or specification.parsed_signature
        if signature is None:
            raise ValueError(f"inputs of {specification.name}: expected a signature, found none")
        hints = hints_of(specification.description, specification.name)
        examples = specification.parsed_examples
        calls = [*(example.arguments for example in examples), *hints.calls]
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._types = parameter_types(signature, calls, hints, specification.description)
        known = [leaf for leaf in leaves(calls) if isinstance(leaf, int | float | str)]
        self._largest = max([_LARGEST, *(2 * abs(_number(leaf)) for leaf in known)])
        integers = [2 * abs(leaf) for leaf in known if isinstance(leaf, int)]
        self._largest_int = max([_LARGEST_INT, *integers])
        self._key_types = {type(key) for value in calls for key in _keys(list(value))}
        self.known = distinct(call for call in calls if self.fits(call))
        mentioned = [hints.numbers, hints.texts, *(value for _, value in hints.named), *hints.calls]
        self._words = vocabulary_of(self.known, [*mentioned, *(example.expected for example in examples)])

    def fits(self, arguments: Sequence[object]) -> bool:
        """Returns whether an input is of the types, and of a size that a test may have."""
        return (
            len(arguments) == len(self._types)
            and all(map(ValueType.accepts, self._types, map(self._with_text_keys, arguments)))
            and len(repr(arguments)) <= LONGEST_INPUT
            and all(map(self._is_modest, leaves(arguments)))
        )

    def inputs(self, count: int) -> list[Input]:
        """Returns different inputs of all kinds, those that are known first."""
        kept = [*self.known, *self.smallest(int(count * _SMALL_SHARE))]
        kept = distinct([*kept, *self.drawn((count - len(kept)) // 2)])
        return [*kept, *self.changed(self.known or kept, count - len(kept), kept)][:count]

    def _is_modest(self, leaf: object) -> bool:
        """Returns whether a number is one that no right program need round, or take long for."""
        if isinstance(leaf, int):
            return abs(leaf) <= self._largest_int
        return abs(_number(leaf)) <= self._largest

    def _with_text_keys(self, value: Any) -> object:  # noqa: ANN401
        """Returns a value whose dicts have texts for those keys whose types the examples show."""
        if isinstance(value, dict):
            keys = [str(key) if type(key) in self._key_types else key for key in value]
            return dict(zip(keys, map(self._with_text_keys, value.values()), strict=True))
        if isinstance(value, list | tuple):
            return type(value)(map(self._with_text_keys, value))
        return value

    def smallest(self, count: int) -> list[Input]:
        """Returns the smallest inputs."""
        return [given for given in small_inputs(self._types, self._words, count) if self.fits(given)]

    def drawn(self, count: int) -> list[Input]:
        """Returns inputs that Hypothesis draws from the types."""
        values = st.tuples(*(_values(kind, self._words) for kind in self._types))
        found: list[Input] = []

        @hypothesis.seed(self._seed)
        @hypothesis.settings(
            max_examples=max(count, 1),
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
            backend=_PROVIDER,
        )
        @hypothesis.given(values)
        def collect(arguments: Input) -> None:
            found.append(arguments)

        if count > 0 and self._types:
            collect()
        return distinct(given for given in found if self.fits(given))[:count]

    def changed(self, bases: Sequence[Input], count: int, kept: Sequence[Input] = ()) -> list[Input]:
        """Returns different inputs, none of them in `bases` or `kept`, changed from the bases."""
        mutation = ExampleMutation(self._words, self._rng)
        seen = {repr(given) for given in (*bases, *kept)}
        found: list[Input] = []
        for _ in range(_TRIES * count if bases and self._types else 0):
            arguments = mutation.changed(bases)
            text = repr(arguments)
            if text not in seen and self.fits(arguments):
                seen.add(text)
                found.append(arguments)
                if len(found) == count:
                    break
        return found


def _keys(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *(key for entry in value.values() for key in _keys(entry))]
    return [key for entry in value for key in _keys(entry)] if isinstance(value, list | tuple) else []


def _number(leaf: object) -> float:
    """Returns the number that a value is, or tells as a text; 0 for what is none."""
    try:
        return float(leaf) if isinstance(leaf, int | float | str) else 0.0
    except ValueError:
        return 0.0
    except OverflowError:
        return math.inf


def _sized(arguments: Sequence[object]) -> list[tuple[object, int]]:
    return [(value, len(value)) for value in arguments if isinstance(value, str | list | tuple | dict)]


def _values(kind: ValueType, words: Vocabulary, depth: int = 0) -> Values:
    """Returns the strategy of a type's values."""
    if kind.kind in _PLAIN:
        return _PLAIN[kind.kind](words, depth)
    if kind.kind == "literal":
        return st.sampled_from(kind.choices)
    items = [_values(item, words, depth + 1) for item in kind.items]
    if kind.kind == "union":
        return st.one_of(items)
    if kind.kind == "tuple" and not kind.repeats:
        return st.tuples(*items)
    return _collections(kind, items[0] if items else _anything(words), words, depth)


def _collections(kind: ValueType, item: Values, words: Vocabulary, depth: int) -> Values:
    if kind.kind == "dict":
        return st.dictionaries(_texts(words, longest=6), item, max_size=5)
    lists = _lists(item, longest=10 >> depth)
    return lists if kind.kind == "list" else lists.map(tuple)


def _anything(words: Vocabulary) -> Values:
    plain = _integers(words) | _texts(words, longest=6)
    return plain | st.booleans() | st.none() | _floats(words) | st.lists(plain, max_size=3)


def _integers(words: Vocabulary) -> Values:
    near = sorted({int(number) + step for number in words.numbers for step in (-1, 0, 1)})
    ranges = [st.integers(*bounds) for bounds in ((-3, 9), (0, 20), (-30, 30), (0, 300), (-2000, 2000))]
    return st.one_of(*ranges, *([st.sampled_from(near)] if near else []), st.integers(0, 20_000))


def _floats(words: Vocabulary) -> Values:
    halves = st.integers(-20, 20).map(lambda number: number / 2)
    tenths = st.integers(-200, 200).map(lambda number: number / 10)
    hundredths = st.integers(0, 10_000).map(lambda number: number / 100)
    whole = st.integers(-10, 100).map(float)
    near = [st.sampled_from([float(number) for number in words.numbers])] if words.numbers else []
    return st.one_of(halves, tenths, hundredths, whole, *near)


def _texts(words: Vocabulary, longest: int) -> Values:
    seen = st.text(words.characters, max_size=longest)
    alike = st.text(words.alike, max_size=longest)
    few = st.lists(st.sampled_from(words.alike), min_size=1, max_size=3).flatmap(
        lambda letters: st.text("".join(letters), max_size=min(longest, 8))
    )
    mirrored = few.map(lambda text: text + text[::-1]) | few.map(lambda text: text + text[-2::-1])
    kinds = [seen, alike, few, mirrored]
    if words.words:
        some = st.lists(st.sampled_from(words.words) | few, max_size=4)
        kinds += [some.map(" ".join), some.map("".join), st.sampled_from(words.texts)]
    return st.one_of(kinds)


def _lists(items: Values, longest: int) -> Values:
    longest = max(longest, 3)
    few = st.lists(items, min_size=1, max_size=3).flatmap(
        lambda pool: st.lists(st.sampled_from(pool), max_size=longest)
    )
    plain = st.lists(items, max_size=longest)
    ordered = plain.map(lambda entries: sorted(entries, key=rank))
    falling = ordered.map(lambda entries: entries[::-1])
    mirrored = st.lists(items, max_size=longest // 2).map(lambda entries: entries + entries[::-1])
    return st.one_of(plain, plain, few, few, ordered, falling, mirrored)


_PLAIN: dict[str, Callable[[Vocabulary, int], Values]] = {
    "none": lambda words, depth: st.none(),
    "bool": lambda words, depth: st.booleans(),
    "int": lambda words, depth: _integers(words),
    "float": lambda words, depth: _floats(words),
    "str": lambda words, depth: _texts(words, longest=8 if depth else 20),
    "any": lambda words, depth: _anything(words),
}
