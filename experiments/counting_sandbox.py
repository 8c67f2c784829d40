"""A sandbox that counts executions: one program on one input."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sandbox import Limits, Outcome, Sandbox, Session
from sandbox.interface import Value

_INPUTS = 2  # their place in the order that a tool's harness is given


class CountingSandbox:
    """Passes requests on, and counts the inputs of the orders that tools' harnesses are given.

    Args:
        box: Where programs run.

    Attributes:
        executions: So far.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self.executions = 0

    @property
    def backend(self) -> str:
        return self._box.backend

    def call(
        self,
        source: str,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        limits: Limits | None = None,
    ) -> Outcome:
        self.executions += sum(len(order[_INPUTS]) for order in argument_lists if len(order) > _INPUTS)
        return self._box.call(source, function, argument_lists, limits=limits)

    def session(self, source: str, *, limits: Limits | None = None) -> AbstractContextManager[Session]:
        return self._box.session(source, limits=limits)

    def close(self) -> None:
        self._box.close()
