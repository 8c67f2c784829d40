"""Grammars that bind a model to a JSON schema: every text that they let pass is JSON and satisfies it.

They let pass less than the schema where its reader does not mind: one spelling of blanks, keys in the
schema's order, no keys that it does not name, references to themselves RECURSION deep. What they cannot hold
to is refused by its keyword, never left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from language_models.backend import FormUnsupported
from language_models.gbnf import NOTHING, Body, Rules, alternatives, literal, optional, repeated, sequence
from language_models.number_grammar import ANY_NUMBER
from language_models.pattern_grammar import ANY_STRING
from language_models.scalar_grammar import integer_body, number_body, string_body
from language_models.schema_branches import exclude_one_another
from language_models.schema_merge import Schema, joined, kinds_of
from language_models.schema_references import References
from programs.schema_check import SchemaCheck, require_schema

RECURSION = 3  # how deep a schema that contains itself is unfolded
ANY_DEPTH = 3  # how deep values nest where a schema allows any
MOST_LISTED = 1000  # members of a set that a grammar lists one by one

UNBOUND = {
    "not": "list what is allowed (enum, anyOf)",
    "if": "write the cases as anyOf",
    "contains": "give the items' own schema",
    "dependencies": "write the cases as anyOf",
    "dependentRequired": "write the cases as anyOf",
    "dependentSchemas": "write the cases as anyOf",
    "unevaluatedItems": "use items",
    "$dynamicRef": "use $ref",
    "$recursiveRef": "use $ref",
}
KEYWORDS_OF = {
    "object": {"properties", "required", "additionalProperties", "patternProperties", "propertyNames",
               "minProperties", "maxProperties", "unevaluatedProperties"},
    "array": {"items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}  # fmt: skip
CONSTANTS = {"boolean": '("true" | "false")', "null": '"null"'}
KINDS = ("object", "array", "string", "number", "boolean", "null")


def grammar_of(schema: Schema) -> str:
    """Returns the grammar, in llama.cpp's GBNF, of JSON texts that satisfy the schema.

    Raises:
        FormUnsupported: It is no JSON schema, nothing satisfies it, or a grammar cannot hold to it; the
            message names the keyword.
    """
    rules = SchemaRules()
    return rules.grammar(rules.schema(schema))


class SchemaRules(Rules):
    """Rules of one grammar, those of schemas among them."""

    def schema(self, schema: Schema, place: str = "schema") -> Body:
        """Returns the body of the JSON texts that satisfy the schema; raises as `grammar_of` does."""
        try:
            require_schema(schema)
        except ValueError as error:
            raise FormUnsupported(f"{place}: {str(error).partition(chr(10))[0]}") from None
        try:
            body = _Values(self, References(schema)).of(schema, RECURSION)
        except FormUnsupported as error:
            raise FormUnsupported(f"{place}: {error}") from None
        except RecursionError:
            raise FormUnsupported(f"{place}: nested too deep; give it fewer levels") from None
        if body is None:
            raise FormUnsupported(f"{place}: no value satisfies it; some bounds exclude one another")
        return body


class _Values:
    """Turns the schemas of one document into bodies of rules; `depth` counts rounds in circles down."""

    def __init__(self, rules: Rules, references: References) -> None:
        self._rules = rules
        self._references = references
        self._named: dict[tuple[str, int], Body | None] = {}

    def of(self, schema: Schema, depth: int) -> Body | None:
        """Returns the body of what satisfies the schema; None where nothing does."""
        if schema is False:
            return None
        if schema is True:
            return self._any(ANY_DEPTH)
        for keyword in schema:
            if keyword in UNBOUND:
                raise FormUnsupported(f"keyword {keyword}: a grammar cannot hold to it; {UNBOUND[keyword]}")
        if "$ref" in schema:
            return self._referred(schema, depth)
        if "allOf" in schema:
            return self.of(_with_all(schema), depth)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._union(schema, union, depth)
        return self._plain(schema, depth)

    def _referred(self, schema: Mapping[str, Any], depth: int) -> Body | None:
        """Returns the body of what a reference leads to, joined with what stands beside it."""
        pointer = schema["$ref"]
        target = self._references.target(pointer)
        if self._references.is_circular(pointer):
            depth -= 1
            if depth < 0:
                return None
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        whole = joined(beside, target)
        if whole != target:
            return self.of(whole, depth)
        if (pointer, depth) not in self._named:
            self._named[pointer, depth] = self._rules.add(self.of(target, depth))
        return self._named[pointer, depth]

    def _union(self, schema: Mapping[str, Any], keyword: str, depth: int) -> Body | None:
        rest = {key: value for key, value in schema.items() if key != keyword}
        branches = [joined(rest, self._references.resolved(branch)) for branch in schema[keyword]]
        if keyword == "oneOf" and not exclude_one_another(branches, self._references):
            raise FormUnsupported(
                "keyword oneOf: its branches may hold at once; use anyOf, or give each branch a required "
                "property with a constant of its own"
            )
        return alternatives([self.of(branch, depth) for branch in branches])

    def _plain(self, schema: Mapping[str, Any], depth: int) -> Body | None:
        """Returns the body of a schema without references and unions."""
        if "const" in schema or "enum" in schema:
            return alternatives(literal(_spelt(value)) for value in self._listed(schema))
        ways: dict[str, Callable[[Mapping[str, Any], int], Body | None]] = {
            "object": self._object,
            "array": self._array,
            "string": string_body,
            "integer": integer_body,
            "number": number_body,
        }
        kinds = _kinds_meant(schema)
        if kinds == KINDS:
            return self._any(ANY_DEPTH)
        bodies = (CONSTANTS.get(kind) or ways[kind](schema, depth) for kind in kinds)
        return alternatives([self._rules.add(body) for body in bodies])

    def _listed(self, schema: Mapping[str, Any]) -> list[Any]:
        """Returns the values of an enumeration that the rest of the schema allows too."""
        rest = {key: value for key, value in schema.items() if key not in ("const", "enum")}
        if "$ref" in json.dumps(rest):
            raise FormUnsupported("keyword enum: it stands beside a $ref; put the values alone")
        values = [schema["const"]] if "const" in schema else schema["enum"]
        if "enum" in schema:
            values = [value for value in values if value in schema["enum"]]
        check = SchemaCheck(rest)
        return [value for value in values if check.problem(value) is None]

    def _any(self, depth: int) -> Body:
        """Returns the body of any JSON value, nested so deep."""
        ways: list[Body | None] = [ANY_STRING, ANY_NUMBER, '"true"', '"false"', '"null"']
        if depth:
            inner = self._any(depth - 1)
            ways += [_listing(inner, 0, None), _pairs(ANY_STRING, inner, 0, None)]
        return self._rules.add(alternatives(ways)) or NOTHING

    def _object(self, schema: Mapping[str, Any], depth: int) -> Body | None:
        members = self._members(schema, depth)
        if members is None:
            return None
        if not members and not schema.get("properties"):
            return self._free_object(schema, depth)
        needed = _needed(schema, members)
        if needed is None:
            return None
        return sequence('"{"', self._chained(needed), '"}"')

    def _members(self, schema: Mapping[str, Any], depth: int) -> dict[str, Body] | None:
        """Returns the bodies of the properties that may be; None where one that must be cannot."""
        declared = schema.get("properties", {})
        if declared and schema.get("patternProperties"):
            raise FormUnsupported(
                "keyword patternProperties: it stands beside properties; keep one of the two"
            )
        other = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        found: dict[str, Body] = {}
        for name in dict.fromkeys([*declared, *schema.get("required", ())]):
            value = declared.get(name, other)
            body = self._rules.add(self.of(value, depth))
            if body is not None:
                found[name] = body
            elif name in schema.get("required", ()):
                return None
        return found

    def _free_object(self, schema: Mapping[str, Any], depth: int) -> Body | None:
        """Returns the body of an object whose keys are the model's own choice."""
        values = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        keys: Schema = {"type": "string"}
        patterns = schema.get("patternProperties", {})
        if len(patterns) > 1:
            raise FormUnsupported("keyword patternProperties: expected one pattern, found several")
        for pattern, value in patterns.items():
            keys, values = joined(keys, {"pattern": pattern}), value
        if "propertyNames" in schema:
            keys = joined(keys, schema["propertyNames"])
        least, most = schema.get("minProperties", 0), schema.get("maxProperties")
        if least > 1:
            raise FormUnsupported("keyword minProperties: free keys may be the same; name them in properties")
        if values is False or most == 0:
            return '"{}"' if least == 0 else None
        key, value = self._rules.add(self.of(keys, depth)), self._rules.add(self.of(values, depth))
        return _pairs(key, value, least, most)

    def _chained(self, members: Sequence[tuple[str, Body, bool]]) -> Body | None:
        """Returns the body of members in their order, with commas between those that are there."""
        first: Body | None = NOTHING  # of the members from here on, when none was written yet
        later: Body | None = NOTHING  # when one was
        for name, body, must_be in reversed(members):
            member = sequence(literal(f"{_spelt(name)}: "), body)
            begun, gone_on = sequence(member, later), sequence('", "', member, later)
            first = begun if must_be else self._rules.add(alternatives([begun, first]))
            later = gone_on if must_be else self._rules.add(alternatives([gone_on, later]))
        return first

    def _array(self, schema: Mapping[str, Any], depth: int) -> Body | None:
        items = schema.get("items", True)
        first = items if isinstance(items, list) else schema.get("prefixItems", [])
        rest = schema.get("additionalItems", True) if isinstance(items, list) else items
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if first and "items" not in schema and least <= len(first):
            rest = False  # more would say nothing
        if schema.get("uniqueItems") and (most is None or most > 1):
            return self._set(schema, first, rest)
        bodies = [self._rules.add(self.of(item, depth)) for item in first]
        body = self._rules.add(self.of(rest, depth)) if most is None or most > len(bodies) else None
        return self._tuple(bodies, body, least, most)

    def _tuple(
        self, first: list[Body | None], rest: Body | None, least: int, most: int | None
    ) -> Body | None:
        """Returns the body of an array that begins with these items and goes on with others."""
        if not first:
            return _listing(rest, least, most)
        left = None if most is None else max(0, most - len(first))
        more = repeated(sequence('", "', rest), max(0, least - len(first)), left)
        body: Body | None = more
        for place in reversed(range(len(first))):
            one = sequence('", "' if place else NOTHING, first[place], body)
            if most is not None and place >= most:
                body = NOTHING
            elif place >= least:
                body = optional(one)
            else:
                body = one
        return sequence('"["', body, '"]"')

    def _set(self, schema: Mapping[str, Any], first: list[Schema], rest: Schema) -> Body | None:
        """Returns the body of an array without repeated items: of listed values, in their order."""
        item = self._references.resolved(rest)
        values = _finite_values(item)
        if first or values is None or len(values) > MOST_LISTED:
            raise FormUnsupported(
                "keyword uniqueItems: a grammar holds to it only where the items are listed (enum); leave it "
                "out and drop the repeated ones, or give maxItems 1"
            )
        least, most = schema.get("minItems", 0), min(schema.get("maxItems") or len(values), len(values))
        return (
            None
            if least > most
            else sequence('"["', self._subset([_spelt(v) for v in values], least, most), '"]"')
        )

    def _subset(self, texts: list[str], least: int, most: int) -> Body:
        """Returns the body of some of the texts, `least` to `most`, in their order."""
        # after[n] is the body of what may follow when n are written, looked at from the end of the list.
        after: list[Body | None] = [NOTHING if least <= n <= most else None for n in range(most + 2)]
        for text in reversed(texts):
            after = [
                self._rules.add(
                    alternatives(
                        [
                            sequence(literal((", " if n else "") + text), after[n + 1]) if n < most else None,
                            after[n],
                        ]
                    )
                )
                for n in range(most + 1)
            ] + [None]
        return after[0] or NOTHING


def _with_all(schema: Mapping[str, Any]) -> Schema:
    """Returns the schema joined with what must hold besides."""
    found: Schema = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
    for part in schema["allOf"]:
        found = joined(found, part)
    return found


def _needed(schema: Mapping[str, Any], members: dict[str, Body]) -> list[tuple[str, Body, bool]] | None:
    """Returns the members with whether each must be, held to the schema's counts of them."""
    required = set(schema.get("required", ()))
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(members))
    if most < len(required):
        return None
    if least > len(members):
        raise FormUnsupported(
            f"keyword minProperties: {least} wanted, {len(members)} named in properties; name more"
        )
    spare = most - len(required)
    missing = least - len(required)
    found = []
    for name, body in members.items():
        if name in required:
            found.append((name, body, True))
        elif spare > 0:
            found.append((name, body, missing > 0))
            spare, missing = spare - 1, missing - 1
    return found


def _kinds_meant(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the types that a schema allows; where it names none, those that its keywords speak of."""
    named = kinds_of(schema)
    if named is not None:
        return tuple(named)
    spoken = tuple(kind for kind, keywords in KEYWORDS_OF.items() if keywords & set(schema))
    return spoken or KINDS


def _finite_values(schema: Schema) -> list[Any] | None:
    """Returns the values of a schema that lists them; None where it does not."""
    if not isinstance(schema, Mapping):
        return None
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        kinds = {"type": schema["type"]} if "type" in schema else {}
        return [value for value in schema["enum"] if SchemaCheck(kinds).problem(value) is None]
    listed: dict[str, list[Any]] = {"boolean": [True, False], "null": [None]}
    return listed.get(str(schema.get("type")))


def _listing(item: Body | None, least: int, most: int | None) -> Body | None:
    """Returns the body of an array of so many of these items."""
    return sequence('"["', _several(item, least, most), '"]"')


def _pairs(key: Body | None, value: Body | None, least: int, most: int | None) -> Body | None:
    """Returns the body of an object of so many pairs."""
    return sequence('"{"', _several(sequence(key, '": "', value), least, most), '"}"')


def _several(item: Body | None, least: int, most: int | None) -> Body | None:
    """Returns the body of so many items with commas between them."""
    if most == 0 or item is None:
        return NOTHING if least == 0 else None
    more = repeated(sequence('", "', item), max(0, least - 1), None if most is None else most - 1)
    filled = sequence(item, more)
    return optional(filled) if least == 0 else filled


def _spelt(value: object) -> str:
    """Returns the value as JSON, readable where that can be."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if any("\ud800" <= char <= "\udfff" for char in text) else text
