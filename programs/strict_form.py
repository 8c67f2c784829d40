"""A schema of arguments as OpenAI's strict mode takes it, or the reason why it cannot be said there.

Strict mode holds a model to the schema while it writes. It knows some keywords of JSON schema only, wants
every property required and every object closed, and has limits on size
(https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
"""

from __future__ import annotations

import json
from typing import Any

KEYWORDS = frozenset(
    {
        "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "multipleOf",
        "pattern", "properties", "required", "type",
    }
)  # fmt: skip
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
DEEPEST = 10  # objects within each other
MOST_PROPERTIES = 5000
MOST_CHOICES = 1000
MOST_CHARACTERS = 120_000

MOST_NODES = 20_000  # looked at, so that a hostile schema does not keep us

Node = dict[str, Any]


class NotStrict(ValueError):
    """The schema cannot be said in strict mode; the message says why."""


def strict_form(parameters: Node) -> Node:
    """Returns the schema in strict form; optional parameters are required there, and may be null.

    Raises:
        NotStrict: It has no such form.
    """
    try:
        return _Strict(parameters.get("$defs", {})).root(parameters)
    except RecursionError:
        raise NotStrict("its definitions lead into one another without end") from None


class _Strict:
    def __init__(self, definitions: dict[str, Node]) -> None:
        self._definitions = definitions
        self._used: dict[str, Node] = {}
        self._open: list[str] = []  # definitions that are being read
        self._properties = self._choices = self._nodes = 0

    def root(self, node: Node) -> Node:
        properties = {
            name: self._parameter(entry, name, is_required=name in node.get("required", []))
            for name, entry in node["properties"].items()
        }
        self._properties += len(properties)
        made: Node = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        if self._used:
            made["$defs"] = self._used
        self._require_modest(made)
        return made

    def _parameter(self, node: Node, place: str, *, is_required: bool) -> Node:
        node = dict(node)
        default = node.pop("default", None)
        if is_required:
            return self._node(node, place)
        if default is not None:
            said = node.pop("description", "")
            node["description"] = f"{said} Default: {json.dumps(default, ensure_ascii=False)}.".strip()
        return _nullable(self._node(node, place)) if not self._takes_null(node) else self._node(node, place)

    def _node(self, node: Node, place: str) -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise NotStrict(f"strict mode has room for less than {MOST_NODES} parts")
        node = self._without_siblings(node)
        unknown = sorted(node.keys() - KEYWORDS - {"default"})
        if unknown:
            raise NotStrict(f"{place}: strict mode has no keyword {unknown[0]!r}")
        if "$ref" in node:
            return self._reference(node, place)
        if "anyOf" in node:
            return {**node, "anyOf": [self._node(entry, place) for entry in node["anyOf"]]}
        if "const" in node:
            node = {**node, "enum": [node["const"]]}
        kind = node.get("type")
        if kind is None:
            raise NotStrict(f"{place}: takes values of any type, or choices of several")
        if kind == "object":
            return self._object(node, place)
        if kind == "array":
            return self._array(node, place)
        return self._leaf(node, place)

    def _leaf(self, node: Node, place: str) -> Node:
        self._choices += len(node.get("enum", ()))
        if node.get("format", "date") not in FORMATS:
            raise NotStrict(f"{place}: strict mode has no format {node['format']!r}")
        if "(?" in node.get("pattern", ""):
            raise NotStrict(f"{place}: strict mode cannot look ahead or behind in a pattern")
        return {key: value for key, value in node.items() if key not in ("default", "const")}

    def _array(self, node: Node, place: str) -> Node:
        if not isinstance(node.get("items"), dict):
            raise NotStrict(f"{place}: takes lists of any items")
        return {**_undefaulted(node), "items": self._node(node["items"], f"{place}[]")}

    def _object(self, node: Node, place: str) -> Node:
        if node.get("additionalProperties", False) is not False or not node.get("properties"):
            raise NotStrict(f"{place}: takes an object of free keys")
        made = {}
        for name, entry in node["properties"].items():
            is_optional = name not in node.get("required", [])
            if is_optional and not (self._takes_null(entry) and entry.get("default", 0) is None):
                raise NotStrict(f"{place}.{name}: may be left out, and null would not stand for that")
            made[name] = self._node(entry, f"{place}.{name}")
        self._properties += len(made)
        closed = {"properties": made, "required": list(made), "additionalProperties": False}
        return {**_undefaulted(node), **closed}

    def _reference(self, node: Node, place: str) -> Node:
        name = _target(node)
        if name not in self._used:
            self._used[name] = {}  # it may recur
            self._open.append(name)
            self._used[name] = self._node(self._definitions[name], place)
            self._open.pop()
        return {"$ref": node["$ref"]}

    def _without_siblings(self, node: Node) -> Node:
        """Returns the node; strict mode lets no other keyword stand beside a reference.

        It is replaced by what it means; within its own meaning the other keywords go.
        """
        followed: list[str] = []
        while "$ref" in node and len(node) > 1:
            name = _target(node)
            if name in self._open or name in followed:
                return {"$ref": node["$ref"]}
            followed.append(name)
            rest = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self._definitions[name], **rest}
        return node

    def _takes_null(self, node: Node, seen: tuple[str, ...] = ()) -> bool:
        if "$ref" in node:
            name = _target(node)
            return name not in seen and self._takes_null(self._definitions[name], (*seen, name))
        return node.get("type") == "null" or any(
            self._takes_null(entry, seen) for entry in node.get("anyOf", ())
        )

    def _require_modest(self, made: Node) -> None:
        found = {
            "levels": (_depth(made, self._used, {}), DEEPEST),
            "properties": (self._properties, MOST_PROPERTIES),
            "choices": (self._choices, MOST_CHOICES),
            "characters": (len(json.dumps(made, ensure_ascii=False)), MOST_CHARACTERS),
        }
        for what, (count, most) in found.items():
            if count > most:
                raise NotStrict(f"strict mode takes at most {most} {what}, found {count}")


def _nullable(node: Node) -> Node:
    """Returns a schema that takes null as well."""
    if isinstance(node.get("type"), str) and "enum" not in node:
        return {**node, "type": [node["type"], "null"]}
    said = {"description": node["description"]} if "description" in node else {}
    rest = {key: value for key, value in node.items() if key != "description"}
    choices = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {"anyOf": [*choices, {"type": "null"}], **said}


def _undefaulted(node: Node) -> Node:
    return {key: value for key, value in node.items() if key != "default"}


def _target(node: Node) -> str:
    return str(node["$ref"]).removeprefix("#/$defs/")


def _depth(node: Node, definitions: dict[str, Node], known: dict[str, int]) -> int:
    """Returns how many objects and lists of a schema lie within each other, what recurs counted once."""
    if "$ref" in node:
        name = _target(node)
        if name not in known:
            known[name] = 0
            known[name] = _depth(definitions[name], definitions, known)
        return known[name]
    inner = [*node.get("properties", {}).values(), *node.get("anyOf", ())]
    inner += [node["items"]] if "items" in node else []
    return (node.get("type") in ("object", "array")) + max(
        (_depth(entry, definitions, known) for entry in inner), default=0
    )
