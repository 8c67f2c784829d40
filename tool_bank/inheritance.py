"""What a tool must pass: its own tests, those of the versions before it, those of its aliases."""

from __future__ import annotations

from dataclasses import replace

from tool_bank.aliases import Aliases
from tool_bank.record import Record
from tool_bank.tool import Tool
from tool_bank.tool_tests import TestRecord, ToolTest


class Inheritance:
    """Gathers tests along the lineage of tools."""

    def __init__(self, record: Record, tests: TestRecord, aliases: Aliases) -> None:
        self._record = record
        self._tests = tests
        self._aliases = aliases

    def of(self, tool: Tool) -> list[ToolTest]:
        """Returns the tests that a version must pass, each once, its own first.

        An alias's tests are told in the words of the tool that answers for it.
        """
        found = [test for version in self._lineage(tool) for test in self._tests.of(version)]
        for alias in self._aliases.to(tool.name):
            found += [
                replace(test, arguments=alias.translated(test.arguments))
                for test in self.of(self._record.get(alias.name))
            ]
        return [test for n, test in enumerate(found) if test not in found[:n]]

    def _lineage(self, tool: Tool) -> list[str]:
        """Returns the version, the one that it superseded, and so on."""
        earlier = {stored.tool.version: stored.tool.supersedes for stored in self._record.history(tool.name)}
        lineage = [tool.version]
        following = tool.supersedes
        while following and following not in lineage:
            lineage.append(following)
            following = earlier.get(following, "")
        return lineage
