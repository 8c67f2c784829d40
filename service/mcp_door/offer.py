"""Tools as clients are offered them, and what came of a call: values, without a word of the protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from programs.json_form import json_form


@dataclass(frozen=True)
class Hints:
    """What is known of a tool's effects, from how it is run: never from what its author says.

    Attributes:
        reads_only: Whether nothing outside is changed by a call.
        destroys: Whether a call can take something away.
        is_idempotent: Whether a second equal call changes nothing more.
        reaches_out: Whether a call can reach anything but this machine's records.
    """

    reads_only: bool
    destroys: bool = False
    is_idempotent: bool = True
    reaches_out: bool = False


@dataclass(frozen=True)
class Offer:
    """One tool as clients see it.

    Attributes:
        name: What clients call it by.
        description: What it is for.
        takes: JSON schema of its arguments, an object.
        gives: JSON schema of what a call gives, an object.
        hints: Its effects.
        about: More that is known of it, for programs: version, scores.
    """

    name: str
    description: str
    takes: Mapping[str, Any]
    gives: Mapping[str, Any]
    hints: Hints
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What came of a call.

    Attributes:
        text: For models.
        value: For programs: an object of the offer's schema; None where it failed.
    """

    text: str
    value: Mapping[str, Any] | None = None

    @property
    def is_error(self) -> bool:
        """Whether the call failed; the text then says why, and what mends it."""
        return self.value is None


def given(value: Mapping[str, Any]) -> Given:
    """Returns what a call gave, as JSON."""
    plain = json_form(value, strict=True)
    return Given(json.dumps(plain, ensure_ascii=False), plain)
