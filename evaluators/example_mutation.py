"""Changes inputs a little, by what their values are, and relates their arguments to one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from evaluators.vocabulary import Vocabulary, rank

Value: TypeAlias = Any  # what a tool's arguments may be
Input: TypeAlias = tuple[Value, ...]
_MOST_CHANGES = 4
_TOKEN = re.compile(r"\d+|[A-Za-z]+|\s+|.", re.DOTALL)


class ExampleMutation:
    """Makes new inputs from known ones.

    Args:
        words: What new values are made of.
        rng: Drawn from for each choice.
    """

    def __init__(self, words: Vocabulary, rng: np.random.Generator) -> None:
        self._words = words
        self._rng = rng
        self._others: Sequence[Input] = ()

    def changed(self, bases: Sequence[Input]) -> Input:
        """Returns one of the inputs, changed once to a few times; it may be mixed with another."""
        self._others = bases
        arguments = self._pick(bases)
        for _ in range(1 + self._below(_MOST_CHANGES) * self._below(2)):
            way = self._pick((*(self._with_one_changed,) * 6, self._crossed, self._related, self._together))
            arguments = way(arguments)
        return tuple(arguments)

    def _below(self, bound: int) -> int:
        return int(self._rng.integers(max(bound, 1)))

    def _pick(self, choices: Sequence[Value]) -> Value:
        return choices[self._below(len(choices))]

    def _with_one_changed(self, arguments: Input) -> Input:
        place = self._below(len(arguments))
        return (*arguments[:place], self._value(arguments[place]), *arguments[place + 1 :])

    def _crossed(self, arguments: Input) -> Input:
        """Returns the input with some arguments of another, or pieces of both joined."""
        other = self._pick(self._others)
        return tuple(self._joined(a, b) if self._below(3) == 0 else b if self._below(2) else a
                     for a, b in zip(arguments, other, strict=True))  # fmt: skip

    def _related(self, arguments: Input) -> Input:
        """Returns the input with one argument made of another: equal, its length, a part of it."""
        target, source = self._below(len(arguments)), self._below(len(arguments))
        made = self._from(arguments[target], arguments[source])
        return (*arguments[:target], made, *arguments[target + 1 :])

    def _from(self, old: Value, source: Value) -> Value:
        if isinstance(old, int | float) and isinstance(source, str | list | dict):
            entries = [entry for entry in source if isinstance(entry, int | float)]
            choices = [len(source), len(source) - 1, len(source) + 1, len(source) // 2, *entries]
            return self._pick(choices)
        if isinstance(old, int | float) and isinstance(source, int | float):
            return self._pick([source, source + 1, source - 1, source * old, source + old, source - old])
        if isinstance(old, str) and isinstance(source, str):
            start = self._below(len(source))
            return self._pick(
                [source, source[start : start + 1 + self._below(3)], source[::-1], source + old]
            )
        if isinstance(old, str) and isinstance(source, list | dict):
            texts = [entry for entry in source if isinstance(entry, str)] or [old]
            return self._pick(texts)[: 1 + self._below(6)]
        if isinstance(old, list) and isinstance(source, list):
            return self._pick([list(source), source[::-1], self._list(source)])
        return source

    def _together(self, arguments: Input) -> Input:
        """Returns the input with the same entries of all its sequences taken, doubled, or put elsewhere."""
        lengths = [len(value) for value in arguments if isinstance(value, str | list)]
        if not lengths:
            return tuple(map(self._value, arguments))
        length = min(lengths)
        places = self._places(length)
        return tuple(_taken(value, places) if isinstance(value, str | list) else value for value in arguments)

    def _places(self, length: int) -> list[int]:
        places = list(range(length))
        start, end = sorted((self._below(length + 1), self._below(length + 1)))
        chosen: list[int] = self._pick(
            [places[start:end], places[:end], places[start:], places + places, places + places[start:end],
             places[::-1], [int(place) for place in self._rng.permutation(length)], places[:1]]
        )  # fmt: skip
        return chosen

    def _joined(self, one: Value, other: Value) -> Value:
        """Returns the beginning of one and the end of the other, where both are sequences of a kind."""
        if type(one) is type(other) and isinstance(one, str | list | tuple):
            return one[: self._below(len(one) + 1)] + other[self._below(len(other) + 1) :]
        if isinstance(one, dict) and isinstance(other, dict):
            return {**one, **other}
        return other

    def _value(self, value: Value) -> Value:
        for kind, change in self._changes():
            if isinstance(value, kind):
                return change(value)
        return value

    def _changes(self) -> list[tuple[type, Callable[[Value], Value]]]:
        return [
            (bool, lambda value: not value), (int, self._integer), (float, self._float), (str, self._text),
            (list, self._list), (tuple, lambda value: tuple(self._list(list(value)))), (dict, self._dict),
        ]  # fmt: skip

    def _integer(self, value: int) -> int:
        if abs(value) > 1 << 60:
            return value // 3
        near = [int(number) for number in self._words.numbers] or [0]
        digits = str(abs(value))
        place = self._below(len(digits))
        scale = max(abs(value), 4)
        return int(
            self._pick(
                [value + 1, value - 1, value + 2, value - 2, -value, 0, 1, 2 * value, value // 2,
                 value + self._below(scale) - scale // 2, self._below(2 * scale), self._below(2 * scale),
                 self._pick(near), self._pick(near) + self._below(3) - 1, self._pick([2, 3, 5, 10]) * value,
                 int(digits[::-1]), int(digits + digits[place]),
                 int("0" + digits[:place] + digits[place + 1 :]),
                 int(digits[:place] + str(self._below(10)) + digits[place + 1 :]), value * value % 99_991]
            )
        )  # fmt: skip

    def _float(self, value: float) -> float:
        near = self._words.numbers or (1.0,)
        changed = self._pick(
            [value + 0.5, value - 0.5, value + 0.1, value - 0.1, value + 1, value - 1, -value, 0.0, 1.0,
             float(int(value)), value * 2, value / 2, float(self._pick(near)), self._below(200) / 10]
        )  # fmt: skip
        return float(round(changed, 4))

    def _text(self, text: str) -> str:
        change = self._pick(
            (self._letter, self._letter, self._letter, self._piece, self._piece, self._token, self._token,
             self._whole, self._number_within)
        )  # fmt: skip
        return str(change(text))

    def _letter(self, text: str) -> str:
        """Returns the text with one character changed, dropped, doubled, put in, or changed in its case."""
        place = self._below(len(text))
        here, before, after = text[place : place + 1], text[:place], text[place + 1 :]
        like = self._pick(self._words.like(here)) if here else ""
        middle: str = self._pick(
            [like, like, "", here * 2, self._pick(self._words.characters) + here, here.swapcase(),
             here + self._pick(self._words.alike), self._pick(text or " ")]
        )  # fmt: skip
        return before + middle + after

    def _piece(self, text: str) -> str:
        start, end = sorted((self._below(len(text) + 1), self._below(len(text) + 1)))
        piece, other = text[start:end], self._pick(self._words.texts or ("",))
        return str(
            self._pick(
                [piece, text[:start] + text[end:], text[:end] + piece + text[end:],
                 text[:start] + piece[::-1] + text[end:], text[:start] + other, other[:start] + text[end:],
                 text[:start] + piece.swapcase() + text[end:], text[start:] + text[:start]]
            )
        )  # fmt: skip

    def _token(self, text: str) -> str:
        """Returns the text with its words dropped, doubled, put elsewhere, or another word among them."""
        tokens = text.split(" ") if " " in text else _TOKEN.findall(text)
        place = self._below(len(tokens))
        known = [*self._words.words, *tokens] or [""]
        before, here, after = tokens[:place], tokens[place : place + 1], tokens[place + 1 :]
        tokens = self._pick(
            [before + after, before + here + here + after, [*before, self._pick(known), *after],
             [*before, self._pick(known), *here, *after], self._shuffled(tokens), sorted(tokens)]
        )  # fmt: skip
        return (" " if " " in text else "").join(tokens)

    def _whole(self, text: str) -> str:
        return str(
            self._pick(
                [text[::-1], text.upper(), text.lower(), text.swapcase(), text.title(), text + text, "",
                 text[:1], text + text[::-1], text + text[-2::-1], "".join(sorted(text)), text[:1] * 3,
                 "".join(self._shuffled(list(text))), text + " " + text,
                 text + self._pick(self._words.texts or ("",))]
            )
        )  # fmt: skip

    def _number_within(self, text: str) -> str:
        """Returns the text with one of its numbers changed."""
        found = list(re.finditer(r"-?\d{1,15}", text))
        if not found:
            return self._letter(text)
        match = self._pick(found)
        return text[: match.start()] + str(self._integer(int(match.group()))) + text[match.end() :]

    def _list(self, entries: list[Value]) -> list[Value]:
        if not entries:
            return self._one_entry()
        if _is_table(entries) and self._below(2):
            return self._table(entries)
        return list(
            self._pick(
                (self._entry, self._entry, self._entry, self._rearranged, self._rearranged, self._resized)
            )(entries)
        )

    def _one_entry(self) -> list[Value]:
        lists = [value for other in self._others for value in other if isinstance(value, list) and value]
        return [self._pick(self._pick(lists))] if lists else []

    def _entry(self, entries: list[Value]) -> list[Value]:
        """Returns the list with an entry changed, dropped, doubled, put in, or equal to another."""
        place = self._below(len(entries))
        here, before, after = entries[place], entries[:place], entries[place + 1 :]
        changed = self._value(here)
        middle = self._pick(
            [[changed], [changed], [], [here, here], [here, changed], [changed, here], [self._pick(entries)]]
        )
        return [*before, *middle, *after]

    def _rearranged(self, entries: list[Value]) -> list[Value]:
        here, there = self._below(len(entries)), self._below(len(entries))
        swapped = list(entries)
        swapped[here], swapped[there] = entries[there], entries[here]
        ordered = sorted(entries, key=lambda entry: rank(entry))
        return list(
            self._pick([entries[::-1], ordered, ordered[::-1], self._shuffled(entries), swapped, swapped])
        )

    def _resized(self, entries: list[Value]) -> list[Value]:
        start, end = sorted((self._below(len(entries) + 1), self._below(len(entries) + 1)))
        one, changed = self._pick(entries), [self._value(entry) for entry in entries]
        return list(
            self._pick(
                [entries[start:end], entries[start:end], entries + entries, [], [one],
                 [one] * (2 + self._below(4)), entries + changed, changed, entries + entries[::-1],
                 entries[: self._below(4)]]
            )
        )  # fmt: skip

    def _table(self, rows: list[Value]) -> list[Value]:
        """Returns a table: its cells put elsewhere, turned, or of another size."""
        cells = [cell for row in rows for cell in row]
        height, width = len(rows), len(rows[0])
        kind = self._below(5)
        if kind == 0:
            return [list(column) for column in zip(*rows, strict=True)]
        if kind == 1:
            height = width = 1 + self._below(4)
        elif kind == 2:
            height, width = 1 + self._below(4), 1 + self._below(4)
        elif kind == 3:
            cells = [self._value(cell) if self._below(3) == 0 else cell for cell in cells]
        if set(map(type, cells)) == {int} and sorted(cells) == list(range(1, len(cells) + 1)):
            cells = list(range(1, height * width + 1))
        shuffled = self._shuffled([*cells, *(self._pick(cells) for _ in range(height * width - len(cells)))])
        return [shuffled[width * row : width * (row + 1)] for row in range(height)]

    def _dict(self, entries: dict[Value, Value]) -> dict[Value, Value]:
        if not entries:
            known = [value for other in self._others for value in other if isinstance(value, dict)]
            return dict(self._pick(known or [{}]))
        key = self._pick(list(entries))
        rest = {name: entry for name, entry in entries.items() if name != key}
        value, other = entries[key], self._pick(list(entries.values()))
        return dict(
            self._pick(
                [rest, {**entries, key: self._value(value)}, {**rest, self._value(key): value},
                 {**entries, self._value(key): self._value(value)}, {**entries, key: other}, {key: value}, {},
                 {self._value(name): entry for name, entry in entries.items()},
                 {**entries, self._value(key): other}, dict(reversed(entries.items()))]
            )
        )  # fmt: skip

    def _shuffled(self, entries: list[Value]) -> list[Value]:
        return [entries[place] for place in self._rng.permutation(len(entries))]


def _taken(value: str | list[Value], places: Sequence[int]) -> str | list[Value]:
    taken = [value[place] for place in places]
    return "".join(taken) if isinstance(value, str) else taken


def _is_table(entries: list[Value]) -> bool:
    return all(isinstance(row, list) and row and len(row) == len(entries[0]) for row in entries)


def _rank(entry: object) -> Value:
    return entry if isinstance(entry, int | float | str) else repr(entry)
