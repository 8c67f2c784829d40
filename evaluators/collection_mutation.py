"""Changes of lists, tables and dicts: of an entry, of the order, of the size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evaluators.draw import Draw, Value
from evaluators.vocabulary import rank

Change = Callable[[Value], Value]

_LONGEST_SIDE = 4  # of a table


class CollectionMutation:
    """Makes new lists and dicts from known ones.

    Args:
        draw: Makes each choice.
        change: Changes an entry.
    """

    def __init__(self, draw: Draw, change: Change) -> None:
        self._draw = draw
        self._change = change

    def sequence(self, entries: Sequence[Value]) -> Sequence[Value]:
        """Returns the entries with one change."""
        if not entries:
            return []
        if _is_table(entries) and self._draw.below(2):
            return self._table(entries)
        ways = (self._entry, self._entry, self._entry, self._rearranged, self._rearranged, self._resized)
        return list(self._draw.pick(ways)(list(entries)))

    def mapping(self, entries: dict[str, Value]) -> dict[str, Value]:
        """Returns the dict with one change of a key, a value, or its size."""
        if not entries:
            return {}
        change, key = self._change, self._draw.pick(list(entries))
        rest = {name: entry for name, entry in entries.items() if name != key}
        value, other = entries[key], self._draw.pick(list(entries.values()))
        return dict(
            self._draw.pick(
                [rest, {**entries, key: change(value)}, {**rest, change(key): value}, {key: value}, {},
                 {**entries, change(key): change(value)}, {**entries, key: other},
                 {change(name): entry for name, entry in entries.items()},
                 {**entries, change(key): other}, dict(reversed(entries.items()))]
            )
        )  # fmt: skip

    def _entry(self, entries: Sequence[Value]) -> Sequence[Value]:
        """Returns the list with an entry changed, dropped, doubled, put in, or equal to another."""
        place = self._draw.below(len(entries))
        here, changed = entries[place], self._change(entries[place])
        middle = self._draw.pick(
            [
                [changed],
                [changed],
                [],
                [here, here],
                [here, changed],
                [changed, here],
                [self._draw.pick(entries)],
            ]
        )
        return [*entries[:place], *middle, *entries[place + 1 :]]

    def _rearranged(self, entries: Sequence[Value]) -> Sequence[Value]:
        here, there = self._draw.below(len(entries)), self._draw.below(len(entries))
        swapped = [*entries]
        swapped[here], swapped[there] = entries[there], entries[here]
        ordered = sorted(entries, key=rank)
        choices = [entries[::-1], ordered, ordered[::-1], self._draw.shuffled(entries), swapped, swapped]
        return [*self._draw.pick(choices)]

    def _resized(self, entries: Sequence[Value]) -> Sequence[Value]:
        start, end = self._draw.span(len(entries))
        piece, changed = [*entries[start:end]], [*map(self._change, entries)]
        one = self._draw.pick(entries)
        return [
            *self._draw.pick(
                [piece, piece, [*entries, *entries], [], [one], [one] * (2 + self._draw.below(4)),
                 [*entries, *changed], changed, [*entries, *entries[::-1]], entries[: self._draw.below(4)]]
            )
        ]  # fmt: skip

    def _table(self, rows: Sequence[Value]) -> Sequence[Value]:
        """Returns a table: turned, of another size, some cells changed, or all of them put elsewhere."""
        cells = [cell for row in rows for cell in row]
        height, width = len(rows), len(rows[0])
        match self._draw.below(5):
            case 0:
                return [[*column] for column in zip(*rows, strict=True)]
            case 1:
                height = width = 1 + self._draw.below(_LONGEST_SIDE)
            case 2:
                height, width = 1 + self._draw.below(_LONGEST_SIDE), 1 + self._draw.below(_LONGEST_SIDE)
            case 3:
                cells = [cell if self._draw.below(3) else self._change(cell) for cell in cells]
        shuffled = self._draw.shuffled(self._resupplied(cells, height * width))
        return [shuffled[width * row : width * (row + 1)] for row in range(height)]

    def _resupplied(self, cells: Sequence[Value], count: int) -> Sequence[Value]:
        """Returns so many cells; where they are the numbers from 1 on, they stay that."""
        if sorted(cells, key=rank) == [*range(1, len(cells) + 1)]:
            return range(1, count + 1)
        missing = max(count - len(cells), 0)
        return [*self._draw.shuffled(cells)[:count], *(self._draw.pick(cells) for _ in range(missing))]


def _is_table(entries: Sequence[Value]) -> bool:
    return all(isinstance(row, list) and row and len(row) == len(entries[0]) for row in entries)
