"""A wish as models are told of it that shall fulfil it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.quoted_data import cut
from agent.request import Wish


def wish_parts(wish: Wish, longest: int) -> Iterator[str]:
    """Yields what is wanted, then what the answer must meet and what to keep to, as far as it was said."""
    yield f"Request: {cut(wish.objective, longest)}"
    yield from _listed("The answer must meet:", wish.requirements, longest)
    yield from _listed("Keep to:", wish.constraints, longest)


def _listed(title: str, entries: Iterable[str], longest: int) -> Iterator[str]:
    lines = [f"- {cut(entry, longest)}" for entry in entries]
    if lines:
        yield "\n".join([title, *lines])
