"""Finds tools by the words they share with a query: BM25 over name, description and signature.

S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), formula 3.11,
with the usual k1 and b. Small enough to keep here: no library is asked for it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from unicodedata import combining, normalize

K1 = 1.5  # how soon a repeated word stops counting
B = 0.75  # how much a long text is held against itself
NAME_WEIGHT = 3  # a word of the name counts as often

STOP_WORDS = frozenset(  # function words of requests, and the types of signatures
    re.findall(
        r"\w+",
        "a an and any are as at be bool by can dict do float for from get has have how i if in int "
        "into is it its list me my none of on or please self should str that the their there this "
        "to use using want was we what when which will with would you your ",
    )
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "er", "s", "e", "y")
SHORTEST_STEM = 3


def words(text: str) -> list[str]:
    """Returns the text's words: camelCase and snake_case split, no accents, stemmed, no stop words."""
    plain = "".join(c for c in normalize("NFKD", text) if not combining(c))
    found = (word.lower() for word in _WORD.findall(plain))
    return [_stem(word) for word in found if word not in STOP_WORDS]


def tool_words(name: str, description: str, signature: str) -> list[str]:
    """Returns the words a tool is found by."""
    return words(name) * NAME_WEIGHT + words(description) + words(signature)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


class LexicalIndex:
    """An inverted index in memory: word -> document -> how often."""

    def __init__(self) -> None:
        self._postings: dict[str, dict[str, int]] = {}
        self._lengths: dict[str, int] = {}
        self._counts: dict[str, Counter[str]] = {}

    def ids(self) -> set[str]:
        """Returns the ids of the documents held."""
        return set(self._lengths)

    def add(self, document: str, its_words: list[str]) -> None:
        """Adds a document, in place of one of the same id."""
        self.remove(document)
        self._counts[document] = Counter(its_words)
        self._lengths[document] = len(its_words)
        for word, count in self._counts[document].items():
            self._postings.setdefault(word, {})[document] = count

    def remove(self, document: str) -> None:
        """Removes a document, where it is held."""
        for word in self._counts.pop(document, ()):
            del self._postings[word][document]
        self._lengths.pop(document, None)

    def scores(self, query: str) -> dict[str, float]:
        """Returns the BM25 score of every document that shares a word with the query."""
        mean_length = sum(self._lengths.values()) / max(1, len(self._lengths))
        scores: dict[str, float] = {}
        for word in words(query):
            postings = self._postings.get(word, {})
            weight = math.log(1 + (len(self._lengths) - len(postings) + 0.5) / (len(postings) + 0.5))
            for document, count in postings.items():
                length = K1 * (1 - B + B * self._lengths[document] / mean_length)
                scores[document] = scores.get(document, 0.0) + weight * count * (K1 + 1) / (count + length)
        return scores
