"""Wishes, questions and outcomes as the JSON that the record keeps of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agent.request import Json, Outcome, Question, ToolOrder, Wish
from programs.json_form import json_form


def text_of(value: Wish | Question | Outcome) -> str:
    """Returns a value as JSON; letters that UTF-8 cannot carry are escaped, so that any file can hold it."""
    return json.dumps(json_form(asdict(value), strict=True), allow_nan=False)


def wish_from(found: Mapping[str, Json]) -> Wish:
    """Returns a wish of its JSON; raises `KeyError`, `TypeError` or `ValueError` for what is none."""
    tool = found["tool"]
    return Wish(**_with_tuples(found) | {"tool": None if tool is None else ToolOrder(**_with_tuples(tool))})


def question_from(found: Mapping[str, Json]) -> Question:
    """Returns a question of its JSON; raises as `wish_from`."""
    return Question(**found)


def outcome_from(found: Mapping[str, Json]) -> Outcome:
    """Returns an outcome of its JSON; raises as `wish_from`."""
    return Outcome(**_with_tuples({key: entry for key, entry in found.items() if key != "value"}) | {
        "value": found["value"]
    })  # fmt: skip


def _with_tuples(found: Json) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError(f"expected an object, found {type(found).__name__}")
    return {key: tuple(entry) if isinstance(entry, list) else entry for key, entry in found.items()}
