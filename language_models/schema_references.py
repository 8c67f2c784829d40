"""Follows the references within one JSON schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from language_models.backend import FormUnsupported
from language_models.schema_merge import Schema, joined


class References:
    """What the references of one document lead to."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._circular: dict[str, bool] = {}

    def target(self, pointer: str) -> Schema:
        """Returns the schema at "#/..."; raises `FormUnsupported` where there is none."""
        if not pointer.startswith("#"):
            raise FormUnsupported(
                f"keyword $ref: {pointer!r} leads elsewhere; expected one within the schema"
            )
        found: Any = self._document
        for step in filter(None, unquote(pointer[1:]).split("/")):
            key = step.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(key)] if isinstance(found, list) else found[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise FormUnsupported(f"keyword $ref: {pointer!r} leads nowhere") from None
        if not isinstance(found, dict | bool):
            raise FormUnsupported(f"keyword $ref: {pointer!r} leads to no schema")
        return found

    def is_circular(self, pointer: str) -> bool:
        """Tells whether what it leads to leads back to it."""
        if pointer not in self._circular:
            self._circular[pointer] = pointer in self._reached(pointer)
        return self._circular[pointer]

    def resolved(self, schema: Schema) -> Schema:
        """Returns the schema with the reference at its top followed, unless it leads round in a circle."""
        seen = set()
        while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] not in seen:
            pointer = schema["$ref"]
            if self.is_circular(pointer):
                return schema
            seen.add(pointer)
            beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
            schema = joined(beside, self.target(pointer))
        return schema

    def _reached(self, pointer: str) -> set[str]:
        reached: set[str] = set()
        waiting = list(_pointers(self.target(pointer)))
        while waiting:
            found = waiting.pop()
            if found not in reached:
                reached.add(found)
                waiting += _pointers(self.target(found))
        return reached


def _pointers(part: object) -> Iterator[str]:
    """Yields the references anywhere within a part of a schema."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _pointers(value)
    elif isinstance(part, list):
        for value in part:
            yield from _pointers(value)
