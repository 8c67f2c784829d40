"""Where a reply ends by a stop text, and how much of an unfinished reply is certain."""

from __future__ import annotations

from collections.abc import Sequence

UNFINISHED = "\ufffd"  # what a decoder writes for a character whose last bytes are still to come


def cut_at_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Returns the text before the first stop text, and whether there was one."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return (text[: min(places)], True) if places else (text, False)


def certain_part(text: str, stops: Sequence[str]) -> str:
    """Returns the text less what may be the beginning of a stop text or half a character."""
    text = text.rstrip(UNFINISHED)
    begun = {stop[:length] for stop in stops for length in range(1, len(stop))}
    return text[: len(text) - max((len(start) for start in begun if text.endswith(start)), default=0)]
