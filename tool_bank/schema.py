"""What a tool takes and gives, as JSON schemas, and how they are asked for.

The schemas come from the tool's own process (schema_guest.py), so they are claims. Those are taken that
are of modest size and of known keywords, refer to nothing outside, and have just the source's parameters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from programs.schema_check import KEYWORDS, SchemaCheck, require_schema
from sandbox.interface import Limits, Outcome, Sandbox
from tool_bank.errors import ToolSchemaFailed
from tool_bank.tool import Tool

PACKAGES = ("numpy", "pydantic", "docstring-parser")  # what the guest needs in its sandbox
DERIVATION = "from programs.callable_schema import Interface, schemas_of\n"  # in schema_guest.py


def _guest() -> str:
    """Returns schema_guest.py with the text of what it imports from the house, which the sandbox has not."""
    guest = (files("tool_bank") / "schema_guest.py").read_text(encoding="utf-8")
    before, _, after = guest.partition(DERIVATION)
    return before + (files("programs") / "callable_schema.py").read_text(encoding="utf-8") + after


GUEST = _guest()
LARGEST_BYTES = 64 << 10
LIMITS = Limits(wall_seconds=20.0, output_bytes=2 * LARGEST_BYTES)
DATA = frozenset({"const", "default", "enum", "examples"})  # keywords whose values are no schemas
NAMED = frozenset({"properties", "$defs", "dependentSchemas"})  # schemas by name

JsonSchema = dict[str, JsonValue]


class ToolSchema(BaseModel):
    """The schemas of one version of a tool; what is no such thing raises a `ValueError`.

    Attributes:
        form: Of this record; one of another form is derived anew.
        parameters: JSON schema of the arguments, an object; parameters bear their own names.
        returns: JSON schema of the result; None where the tool does not say, or JSON has no word for it.
        description: What the docstring says, without its sections.
        arrays: Parameters that want a numpy array and take lists of numbers.
        converts: Whether arguments or results must be converted inside, because JSON has no such values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    form: Literal[1] = 1
    parameters: JsonSchema
    returns: JsonSchema | None = None
    description: Annotated[str, StringConstraints(max_length=100_000)] = ""
    arrays: list[str] = Field(default=[], max_length=1000)
    converts: bool = False

    @model_validator(mode="after")
    def _is_sound(self) -> ToolSchema:
        for schema in filter(None, (self.parameters, self.returns)):
            _require_sound(schema)
        if self.parameters.get("type") != "object" or not isinstance(self.parameters.get("properties"), dict):
            raise ValueError("parameters: expected an object with its properties")
        size = len(self.model_dump_json())
        if size > LARGEST_BYTES:
            raise ValueError(f"expected at most {LARGEST_BYTES} bytes of schema, found {size}")
        return self

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of the parameters, by name."""
        found: Any = self.parameters["properties"]
        return dict(found)

    @property
    def required(self) -> frozenset[str]:
        """The names of the parameters that must be given."""
        names: Any = self.parameters.get("required", [])
        return frozenset(names)

    @cached_property
    def arguments_check(self) -> SchemaCheck:
        """What tells wrong arguments."""
        return SchemaCheck(self.parameters)

    @cached_property
    def result_check(self) -> SchemaCheck | None:
        """What tells a wrong result; None where any will do."""
        return None if self.returns is None else SchemaCheck(self.returns, whole=True)

    def takes(self, name: str, value: object) -> bool:
        """Returns whether a parameter takes a value."""
        definitions = {"$defs": self.parameters.get("$defs", {})}
        return SchemaCheck({**definitions, **self.properties[name]}).problem(value) is None


def derive_schema(tool: Tool, sandbox: Sandbox) -> ToolSchema:
    """Returns the schema of a tool, found out in a sandbox that has `PACKAGES` and the tool's own.

    Raises:
        ToolSchemaFailed: The tool cannot be imported, or JSON has no word for one of its parameters.
        sandbox.SandboxError: The sandbox itself failed.
    """
    outcome = sandbox.call(GUEST, "derive", [[tool.source, tool.function]], limits=LIMITS)
    result = outcome.first()
    if not result.ok:
        raise _failed(tool, f"{result.error}", outcome)
    try:
        schema = ToolSchema.model_validate(result.value)
    except ValidationError as error:
        raise _failed(tool, f"its process gave no sound schema: {error}", outcome) from error
    names = [parameter.name for parameter in tool.signature.parameters]
    if list(schema.properties) != names:
        found = f"expected the parameters {names}, found {list(schema.properties)}"
        raise _failed(tool, found, outcome)
    return schema


def _failed(tool: Tool, why: str, outcome: Outcome) -> ToolSchemaFailed:
    return ToolSchemaFailed(
        f"{tool.name}{tool.signature.text}: no schema could be derived: {why:.2000}", outcome
    )


def _require_sound(schema: JsonSchema) -> None:
    """Raises `ValueError` for what is no JSON schema, or not of the kind that is wanted here."""
    definitions = schema.get("$defs", {})
    known = {f"#/$defs/{name}" for name in definitions} if isinstance(definitions, dict) else set()
    for node in _nodes(schema):
        unknown = node.keys() - KEYWORDS
        if unknown:
            raise ValueError(f"schema: expected known keywords, found {sorted(unknown)}")
        if "$ref" in node and node["$ref"] not in known:
            raise ValueError(f"schema: expected references to its own $defs, found {node['$ref']!r:.100}")
    require_schema(schema)


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    """Yields every schema within a schema."""
    if isinstance(node, list):
        for entry in node:
            yield from _nodes(entry)
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key in NAMED and isinstance(value, dict):
                yield from _nodes(list(value.values()))
            elif key not in DATA:
                yield from _nodes(value)


def read_schema(body: str) -> ToolSchema | None:
    """Returns a schema as it was stored; None where it is of another form, and must be derived anew."""
    try:
        return ToolSchema.model_validate(json.loads(body))
    except ValueError:
        return None
