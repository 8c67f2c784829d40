"""Whether something was said: models state much that nobody did, and that must not bind or be remembered."""

from __future__ import annotations

import re

from agent.number_words import TO_TWENTY
from tool_bank.lexical_index import words

SHARE = 0.5  # of the words that carry meaning must have been said
_STEM = 4  # letters that make two forms of a word one: "live", "living"
# Words in which things are told of users and asked of answers, whatever the thing.
_FRAME = frozenset(
    word
    for sentence in (
        "the user users prefers preference likes wants needs always never not no must should may lives has",
        "is was does do at most least more less than only answer answers result output request tool tools",
    )
    for word in words(sentence)
)
_DENIAL = re.compile(
    r"\b(?:not|no|never|none|without|nicht|kein\w*|nie|ohne|can't|don't|\w+n[\u2019']t)\b", re.IGNORECASE
)
_NUMBERS = {word: str(number) for number, word in enumerate(TO_TWENTY)}


def is_said(claim: str, said: str) -> bool:
    """Returns whether a claim was said in other words: all its numbers, half of its words, and its "not"."""
    if _DENIAL.search(claim) and not _DENIAL.search(said):
        return False
    return numbers_of(claim) <= numbers_of(said) and _share(claim, said) >= SHARE


def numbers_of(text: str) -> frozenset[str]:
    """Returns the numbers in a text, in digits."""
    plain = " ".join(_NUMBERS.get(word, word) for word in text.casefold().split())
    return frozenset(word for word in words(plain) if word.isdecimal())


def _share(claim: str, said: str) -> float:
    told = words(claim)
    content = [word for word in told if word not in _FRAME] or told
    heard, whole = words(said), said.casefold()
    starts = {word[:_STEM] for word in heard if len(word) >= _STEM}
    found = [
        word
        for word in content
        if word in heard or word[:_STEM] in starts or (not word.isascii() and word in whole)
    ]
    return len(found) / len(content) if content else 0.0
