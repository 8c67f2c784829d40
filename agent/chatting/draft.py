"""The request that a conversation has come to so far, as a chat model writes it: read leniently."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from agent.chatting.hidden_part import KEYS
from agent.chatting.said import is_said, numbers_of
from agent.request import Json
from agent.requests.standing_terms import binding, merged
from language_models import Completion, ParseError
from language_models.json_parser import schema_forms
from language_models.lenient_json import json_values
from language_models.parser import Forms, shown
from tool_bank.lexical_index import words

MOST_ENTRIES = 20  # of a list that a model wrote
_NOTHING = frozenset({"", "none", "nothing", "n/a", "null", "[]", "-", "no", "unknown"})
_SHORT = 12  # characters of an objective that may be a mere greeting
_LIST = {"type": "array", "items": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "objective": {"type": "string"}, "requirements": _LIST, "constraints": _LIST, "missing": _LIST,
        "facts": _LIST, "ready": {"type": "boolean"},
    },
    "required": list(KEYS),
    "additionalProperties": False,
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A request in the making.

    Attributes:
        objective: What is to be reached; "" where that is not known yet.
        requirements: What must be true of the result.
        constraints: What the work must keep to.
        missing: What only the user can say, and must.
        facts: What the user told of themselves, for later.
        ready: Whether it can be worked on.
    """

    objective: str = ""
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    ready: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it can be filed; a model that says so has found its list of what is missing to be none."""
        return self.ready and bool(self.objective)

    @property
    def text(self) -> str:
        """The draft as a model should have written it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def fields(self) -> dict[str, Json]:
        """What of it `request_form.wish_of` reads."""
        return {name: asdict(self)[name] for name in ("objective", "requirements", "constraints")}

    def kept_to(self, said: Sequence[str]) -> Draft:
        """Returns the draft without what the user did not state, and without data of the task as facts.

        Args:
            said: By the user so far; what of it binds the work is a constraint in any case.
        """
        whole, task = "\n".join(said), set(words(self.objective))
        constraints = tuple(text for text in self.constraints if is_said(text, whole))
        for text in said:
            constraints = merged(constraints, binding(text))
        return replace(
            self,
            requirements=tuple(text for text in self.requirements if is_said(text, whole)),
            constraints=constraints,
            facts=tuple(
                text for text in self.facts if is_said(text, whole) and not task.issuperset(words(text))
            ),
        )

    def answered(self, asked: Draft | None, answer: str) -> Draft:
        """Returns the draft with an answer that the model has overlooked: nothing is asked for twice.

        Args:
            asked: What the last turn asked for what is missing with; None where there was none.
            answer: What the user said to that.
        """
        is_same = asked is not None and self.missing and set(self.missing) <= set(asked.missing)
        if self.ready or not is_same or not self.objective or answer.rstrip().endswith("?"):
            return self
        told = f"{self.objective}\n{'; '.join(self.missing)}: {answer}"
        return replace(self, objective=told, missing=(), ready=True)

    def with_data_of(self, said: str) -> Draft:
        """Returns the draft with the user's words where it lacks a number of them."""
        if not self.is_ready or numbers_of(said) <= numbers_of(self.text):
            return self
        return replace(self, objective=f"{self.objective}\n(In the user's words: {said})")


class DraftParser:
    """Reads a draft in a reply."""

    @property
    def forms(self) -> Forms:
        """A schema to hold to, or else the schema in words."""
        return schema_forms(SCHEMA)

    def parse(self, reply: Completion) -> Draft:
        """Returns the draft; raises `ParseError`."""
        return draft_of(reply.text, is_cut_off=reply.finish_reason == "length")


def draft_of(text: str, *, is_cut_off: bool = False) -> Draft:
    """Returns the draft in a text: faults of JSON are forgiven, and texts where lists of texts belong.

    Raises:
        ParseError: There is none.
    """
    for value in json_values(text, is_cut_off=is_cut_off):
        if isinstance(value, Mapping) and "objective" in value:
            return _read(value)
    raise ParseError(f"a JSON object with {', '.join(KEYS)}", shown(text))


def _read(value: Mapping[str, Json]) -> Draft:
    objective = value.get("objective")
    objective = objective.strip() if isinstance(objective, str) else ""
    missing = _texts(value.get("missing"))
    ready = value.get("ready", not missing)
    return Draft(
        "" if _says_nothing(objective) else objective,
        _texts(value.get("requirements")),
        _texts(value.get("constraints")),
        missing,
        _texts(value.get("facts")),
        ready is True or str(ready).strip().lower() in ("true", "yes"),
    )


def _says_nothing(objective: str) -> bool:
    """Returns whether an objective is none, or a greeting: no thing and nothing to do with it."""
    is_short = len(objective) < _SHORT and objective.isascii() and len(words(objective)) < 2
    return is_short or objective.lower() in _NOTHING


def _texts(value: Json) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    texts = [entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False) for entry in entries]
    kept = [" ".join(text.split()) for text in texts if text.strip(" .").lower() not in _NOTHING]
    return tuple(dict.fromkeys(kept))[:MOST_ENTRIES]
