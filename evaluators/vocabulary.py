"""What a tool's inputs are made of: the numbers, texts and characters that its examples and words show."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_ORDINARY = string.ascii_lowercase + "ABCDEXYZ" + "0123456789" + " ,.!?-_()"


@dataclass(frozen=True)
class Vocabulary:
    """Material for new inputs.

    Attributes:
        numbers: That occur in examples, or in the description.
        texts: That occur in examples, or in quotes in the description.
        words: Their parts between spaces.
        characters: That occur in texts of the examples' arguments, and those named in quotes; where there are
            neither, ordinary ones.
    """

    numbers: tuple[int | float, ...]
    texts: tuple[str, ...]
    words: tuple[str, ...]
    characters: str

    @property
    def alike(self) -> str:
        """The characters, and all others of their classes: small letters, capital letters, digits."""
        extra = [kind for kind in _CLASSES if set(kind) & set(self.characters)]
        return "".join(dict.fromkeys(self.characters + "".join(extra)))

    def like(self, character: str) -> str:
        """Returns the characters that could stand in one's place."""
        for kind in _CLASSES:
            if character in kind:
                return "".join(c for c in self.characters if c in kind) or kind
        return "".join(c for c in self.characters if not c.isalnum()) or character


def vocabulary_of(arguments: Iterable[object], mentioned: Iterable[object]) -> Vocabulary:
    """Returns the material found in known arguments and in other values that were mentioned."""
    inside, around = list(leaves(list(arguments))), list(leaves(list(mentioned)))
    texts = [leaf for leaf in inside if isinstance(leaf, str)]
    others = [leaf for leaf in around if isinstance(leaf, str)]
    numbers = [leaf for leaf in inside + around if _is_number(leaf)]
    named = [text for text in others if len(text) == 1]
    characters = "".join(dict.fromkeys("".join([*(texts or others), *named]))) or _ORDINARY
    words = dict.fromkeys(word for text in texts + others for word in text.split())
    return Vocabulary(
        tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(texts + others)), tuple(words), characters
    )


def leaves(value: object) -> Iterator[object]:
    """Yields the plain values inside a value, and keys of dicts."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for entry in value:
            yield from leaves(entry)
    else:
        yield value


def _is_number(leaf: object) -> TypeGuard[int | float]:
    return isinstance(leaf, int | float) and not isinstance(leaf, bool) and abs(leaf) < 1e15


def rank(entry: object) -> tuple[str, int | float, str]:
    """Returns a key that puts any values in one order: by type, then by size, then by text."""
    kind = type(entry).__name__
    if isinstance(entry, int | float):
        return (kind, entry, "")
    return (kind, 0, entry if isinstance(entry, str) else repr(entry))
