"""Changes of numbers: to their neighbours, to boundaries, in their digits, to others that were mentioned."""

from __future__ import annotations

from evaluators.draw import Draw
from evaluators.vocabulary import Vocabulary

_LARGEST = 1 << 60
_FACTORS = (2, 3, 5, 10)
_PLACES = 4  # of a float, so that no sum hangs on its last bit


class NumberMutation:
    """Makes new numbers from known ones.

    Args:
        words: Has the numbers that were mentioned.
        draw: Makes each choice.
    """

    def __init__(self, words: Vocabulary, draw: Draw) -> None:
        self._numbers = words.numbers or (1,)
        self._draw = draw

    def integer(self, value: int) -> int:
        """Returns an integer near a known one, or of about its size, or with another digit."""
        if abs(value) > _LARGEST:
            return value // 3
        way = self._draw.pick((self._beside, self._scaled, self._scaled, self._mentioned, self._in_digits))
        return int(way(value))

    def float(self, value: float) -> float:
        """Returns a float near a known one, with few decimal places."""
        draw = self._draw
        changed = draw.pick(
            [value + 0.5, value - 0.5, value + 0.1, value - 0.1, value + 1, value - 1, -value, 0.0, 1.0,
             float(int(value)), value * 2, value / 2, float(draw.pick(self._numbers)), draw.below(200) / 10]
        )  # fmt: skip
        return round(float(changed), _PLACES)

    def _beside(self, value: int) -> int:
        return int(self._draw.pick([value + 1, value - 1, value + 1, value - 1, value + 2, value - 2, 0, 1]))

    def _scaled(self, value: int) -> int:
        scale = max(abs(value), 4)
        near, below = value + self._draw.below(scale) - scale // 2, self._draw.below(2 * scale)
        return int(
            self._draw.pick(
                [
                    near,
                    below,
                    below,
                    -value,
                    value // 2,
                    value * self._draw.pick(_FACTORS),
                    value * value % 99_991,
                ]
            )
        )

    def _mentioned(self, value: int) -> int:
        return int(self._draw.pick(self._numbers)) + self._draw.below(3) - 1

    def _in_digits(self, value: int) -> int:
        digits = str(abs(value))
        place = self._draw.below(len(digits))
        before, after = digits[:place], digits[place + 1 :]
        other = str(self._draw.below(10))
        return int(
            self._draw.pick(
                [digits[::-1], digits + digits[place], "0" + before + after, before + other + after]
            )
        )
