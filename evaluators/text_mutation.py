"""Changes of texts: of a character, a piece, a word, a number within, or the whole."""

from __future__ import annotations

import re

from evaluators.draw import Draw
from evaluators.number_mutation import NumberMutation
from evaluators.vocabulary import Vocabulary

_TOKEN = re.compile(r"\d+|[A-Za-z]+|\s+|.", re.DOTALL)
_NUMBER = re.compile(r"(?<!\w)-\d{1,15}|\d{1,15}")


class TextMutation:
    """Makes new texts from known ones.

    Args:
        words: Has the characters, words and texts that were seen.
        draw: Makes each choice.
        numbers: Changes numbers inside of texts.
    """

    def __init__(self, words: Vocabulary, draw: Draw, numbers: NumberMutation) -> None:
        self._words = words
        self._draw = draw
        self._numbers = numbers

    def text(self, text: str) -> str:
        """Returns the text with one change."""
        ways = (self._character, self._piece, self._token, self._parts)
        return str(self._draw.pick((*ways, *ways, self._character, self._whole, self._number))(text))

    def _character(self, text: str) -> str:
        """Returns the text with one character changed, dropped, doubled, put in, or changed in its case."""
        pick = self._draw.pick
        place = self._draw.below(len(text))
        here, before, after = text[place : place + 1], text[:place], text[place + 1 :]
        like = pick(self._words.like(here)) if here else ""
        seen, alike = pick(self._words.characters), pick(self._words.alike)
        middle = pick(
            [like, like, "", here * 2, seen + here, here.swapcase(), here + alike, pick(text or " ")]
        )
        return before + str(middle) + after

    def _piece(self, text: str) -> str:
        """Returns the text with a piece alone, dropped, doubled, turned, or joined with another text's."""
        start, end = self._draw.span(len(text))
        before, piece, after = text[:start], text[start:end], text[end:]
        other = self._draw.pick(self._words.texts or ("",))
        return str(
            self._draw.pick(
                [piece, before + after, before + piece + piece + after, before + piece[::-1] + after,
                 before + other, other[:start] + after, before + piece.swapcase() + after,
                 piece + after + before]
            )
        )  # fmt: skip

    def _token(self, text: str) -> str:
        """Returns the text with its words dropped, doubled, put elsewhere, or another word among them."""
        tokens = text.split(" ") if " " in text else _TOKEN.findall(text)
        place = self._draw.below(len(tokens))
        known = self._draw.pick([*self._words.words, *tokens] or [""])
        before, here, after = tokens[:place], tokens[place : place + 1], tokens[place + 1 :]
        changed = self._draw.pick(
            [before + after, before + here + here + after, [*before, known, *after],
             [*before, known, *here, *after], self._draw.shuffled(tokens), sorted(tokens)]
        )  # fmt: skip
        return (" " if " " in text else "").join(changed)

    def _parts(self, text: str) -> str:
        """Returns the text with the parts between marks put elsewhere, or with another mark everywhere."""
        marks = [mark for mark in dict.fromkeys(text) if not mark.isalnum()]
        mark = self._draw.pick(marks or list(dict.fromkeys(text)) or [""])
        if not mark:
            return text
        parts = text.split(mark)
        other = str(self._draw.pick(self._words.like(mark)))
        place = self._draw.below(len(parts))
        mixed = self._draw.pick([parts, parts[place:] + parts[:place], parts[place:], [*parts, parts[place]]])
        first = self._draw.below(len(mixed))
        pieces = [mark.join(mixed[: first + 1]), mark.join(mixed[first + 1 :])]
        return str(self._draw.pick([other.join(mixed), mark.join(mixed), other.join(pieces)]))

    def _whole(self, text: str) -> str:
        mixed = "".join(self._draw.shuffled(text))
        return str(
            self._draw.pick(
                [text[::-1], text.upper(), text.lower(), text.swapcase(), text.title(), text + text, "",
                 text[:1], text + text[::-1], text + text[-2::-1], "".join(sorted(text)), text[:1] * 3, mixed,
                 text + " " + text, text + self._draw.pick(self._words.texts or ("",))]
            )
        )  # fmt: skip

    def _number(self, text: str) -> str:
        """Returns the text with one of its numbers changed."""
        found = list(_NUMBER.finditer(text))
        if not found:
            return self._character(text)
        if self._draw.below(4) == 0:
            return re.sub(r"\d{1,9}", self._of_same_width, text)
        match = self._draw.pick(found)
        number = str(self._numbers.integer(int(match.group())))
        filled = number.zfill(len(match.group())) if match.group().startswith("0") else number
        return text[: match.start()] + filled + text[match.end() :]

    def _of_same_width(self, match: re.Match[str]) -> str:
        width = len(match.group())
        return str(self._draw.below(int(10**width))).zfill(width)
