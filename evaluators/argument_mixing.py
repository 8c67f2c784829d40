"""Changes that relate arguments to one another: equal ones, a length, a part, the same places of all."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.draw import Draw, Value
from evaluators.vocabulary import leaves


class ArgumentMixing:
    """Makes new inputs by relating the arguments of known ones.

    Args:
        draw: Makes each choice.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def crossed(self, arguments: tuple[Value, ...], other: tuple[Value, ...]) -> tuple[Value, ...]:
        """Returns the input with some arguments of another, or pieces of both joined."""
        return tuple(
            self._draw.pick([mine, mine, theirs, self._joined(mine, theirs)])
            for mine, theirs in zip(arguments, other, strict=True)
        )

    def related(self, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
        """Returns the input with one argument made of another: equal, its length, a part of it."""
        target, source = self._draw.below(len(arguments)), self._draw.below(len(arguments))
        made = self._made(arguments[target], arguments[source])
        return (*arguments[:target], made, *arguments[target + 1 :])

    def together(self, arguments: tuple[Value, ...]) -> tuple[Value, ...]:
        """Returns the input with the same entries of all its sequences taken, doubled, or put elsewhere."""
        lengths = [len(value) for value in arguments if isinstance(value, str | list)]
        places = self._places(min(lengths, default=0))
        return tuple(_taken(value, places) if isinstance(value, str | list) else value for value in arguments)

    def _made(self, old: Value, source: Value) -> Value:
        choices: list[Value]
        match old, source:
            case ((int() | float()), (int() | float())):
                choices = [source, source + 1, source - 1, source * old, source + old, source - old]
            case ((int() | float()), (str() | list() | dict())):
                inside = [leaf for leaf in leaves(source) if isinstance(leaf, int | float)]
                size = len(source)
                choices = [size, size - 1, size + 1, size // 2, *inside, *inside]
            case str(), str():
                start = self._draw.below(len(source))
                choices = [
                    source,
                    source[start : start + 1 + self._draw.below(3)],
                    source[::-1],
                    source + old,
                ]
            case str(), (list() | dict()):
                text = str(
                    self._draw.pick([leaf for leaf in leaves(source) if isinstance(leaf, str)] or [old])
                )
                choices = [text, text[: 1 + self._draw.below(6)]]
            case list(), list():
                choices = [[*source], source[::-1], self._joined(source, old), self._draw.shuffled(source)]
            case _:
                choices = [source]
        return self._draw.pick(choices)

    def _joined(self, one: Value, other: Value) -> Value:
        """Returns the beginning of one and the end of the other, where both are collections of a kind."""
        if type(one) is type(other) and isinstance(one, str | list | tuple):
            return one[: self._draw.below(len(one) + 1)] + other[self._draw.below(len(other) + 1) :]
        if isinstance(one, dict) and isinstance(other, dict):
            return {**one, **other}
        return other

    def _places(self, length: int) -> list[int]:
        places = list(range(length))
        start, end = self._draw.span(length)
        return list(
            self._draw.pick(
                [places[start:end], places[:end], places[start:], places + places, places + places[start:end],
                 places[::-1], self._draw.shuffled(places), places[:1]]
            )
        )  # fmt: skip


def _taken(value: str | list[Value], places: Sequence[int]) -> str | list[Value]:
    taken = [value[place] for place in places]
    return "".join(taken) if isinstance(value, str) else taken
