"""The sandboxes of one bank: one for each set of packages, opened when it is first wanted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import cast, get_args

from sandbox.interface import Sandbox
from tool_bank.errors import ToolNotCallable
from tool_bank.schema import PACKAGES
from tool_bank.tool import Tool


class Sandboxes:
    """Opens sandboxes and closes those that it opened.

    Args:
        given: Runs the calls, whatever packages a tool wants, and stays open; None opens one for each set.
    """

    def __init__(self, given: Sandbox | None = None) -> None:
        self._given = given
        self._opened: dict[tuple[str, ...], Sandbox] = {}
        self._lock = threading.Lock()

    def of(self, tool: Tool) -> Sandbox:
        """Returns one with the tool's packages; raises `ToolNotCallable` where one is not installed."""
        return self._given or self._with(tool, tool.packages)

    def converting(self, tool: Tool) -> Sandbox:
        """Returns one that has pydantic as well; never the one given, which need not have it."""
        return self._with(tool, sorted({*tool.packages, *PACKAGES}))

    def close(self) -> None:
        """Closes what was opened here."""
        with self._lock:
            while self._opened:
                self._opened.popitem()[1].close()

    def _with(self, tool: Tool, packages: Sequence[str]) -> Sandbox:
        from sandbox.opening import BackendName, open_sandbox  # late: most banks are only searched

        known = self._given is not None and self._given.backend in get_args(BackendName)
        backend = cast("BackendName", self._given.backend if self._given and known else "auto")
        key = tuple(packages)
        with self._lock:
            if key not in self._opened:
                try:
                    self._opened[key] = open_sandbox(backend, packages=key)
                except ValueError as error:
                    raise ToolNotCallable(f"{tool.name}: {error}") from error
            return self._opened[key]
