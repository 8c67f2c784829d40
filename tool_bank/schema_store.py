"""The schemas of a bank's tools: derived when first wanted, kept in the record, so that it is done once."""

from __future__ import annotations

import logging

from tool_bank.errors import BankUnavailable, ToolSchemaFailed
from tool_bank.record import Record
from tool_bank.sandboxes import Sandboxes
from tool_bank.schema import ToolSchema, derive_schema, read_schema
from tool_bank.tool import Tool

logger = logging.getLogger(__name__)

_LASTING = frozenset({"returned", "raised"})  # outcomes that another try would not change


class SchemaStore:
    """Gives the schema of each version.

    Args:
        record: Keeps them.
        sandboxes: Where they are derived.
    """

    def __init__(self, record: Record, sandboxes: Sandboxes) -> None:
        self._record = record
        self._sandboxes = sandboxes
        self._known: dict[str, ToolSchema] = {}
        self._failed: dict[str, ToolSchemaFailed] = {}

    def of(self, tool: Tool) -> ToolSchema:
        """Returns the schema of a tool.

        Raises:
            ToolSchemaFailed: None can be derived.
            ToolNotCallable: A package that it wants is not installed.
            sandbox.SandboxError: The sandbox itself failed.
        """
        if tool.version in self._failed:
            raise self._failed[tool.version]
        if tool.version not in self._known:
            self._known[tool.version] = self._stored(tool) or self._derived(tool)
        return self._known[tool.version]

    def _stored(self, tool: Tool) -> ToolSchema | None:
        body = self._record.schema(tool.version)
        return None if body is None else read_schema(body)

    def _derived(self, tool: Tool) -> ToolSchema:
        try:
            schema = derive_schema(tool, self._sandboxes.converting(tool))
        except ToolSchemaFailed as error:
            if error.outcome.status in _LASTING:
                self._failed[tool.version] = error
            raise
        try:
            self._record.put_schema(tool.version, schema.model_dump_json())
        except BankUnavailable as error:
            logger.warning("the schema of %s is not kept and will be derived again: %s", tool.name, error)
        return schema
