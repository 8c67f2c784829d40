"""Constraints that were said one after the other: the later word on a thing counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields

from agent.errors import RequestRefused
from agent.requests.terms import Terms, terms_of

_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")


def binding(text: str) -> tuple[str, ...]:
    """Returns the sentences of a text that bind the work, and say nothing else."""
    sentences = [sentence.strip(" .;!") for sentence in _SENTENCE.split(text)]
    return tuple(sentence for sentence in sentences if _bound(sentence) and not _terms(sentence).words)


def merged(older: Iterable[str], newer: Iterable[str]) -> tuple[str, ...]:
    """Returns constraints of which the newer take the place of older ones that speak of the same."""
    newer = tuple(dict.fromkeys(newer))
    taken = frozenset(name for text in newer for name in _bound(text))
    said = {_plain(text) for text in newer}
    return (*(text for text in older if not taken & _bound(text) and _plain(text) not in said), *newer)


def _bound(constraint: str) -> frozenset[str]:
    """Returns what a constraint binds, as `Terms` calls it."""
    terms, free = _terms(constraint), Terms()
    names = [field.name for field in fields(Terms) if field.name != "words"]
    return frozenset(name for name in names if getattr(terms, name) != getattr(free, name))


def _terms(constraint: str) -> Terms:
    try:
        return terms_of([constraint])
    except RequestRefused:
        return Terms(words=(constraint,))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .;!")
