"""Spells: which version of a name was current, one after the other, as its events tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast, get_args

from tool_bank.record import Event
from tool_bank.tool import SERVED, Status

_STATUSES = frozenset(get_args(Status))


@dataclass(frozen=True)
class Spell:
    """A time in which a version was current, with its last status and when it got that."""

    version: str
    status: Status
    at: str


def spells(events: Iterable[Event]) -> list[Spell]:
    """Returns the spells in order; a rollback takes back those that came after the version's own."""
    found: list[Spell] = []
    for event in events:
        status = event.detail.get("status", event.kind)
        if status not in _STATUSES:
            continue
        if event.kind == "rolled back":
            while found and found[-1].version != event.version:
                found.pop()
        if found and found[-1].version == event.version:
            found.pop()
        found.append(Spell(event.version, cast("Status", status), event.at))
    return found


def in_service_before(events: Iterable[Event], version: str) -> Spell | None:
    """Returns the last spell in service of another version than this one."""
    earlier = [spell for spell in spells(events) if spell.version != version and spell.status in SERVED]
    return earlier[-1] if earlier else None
