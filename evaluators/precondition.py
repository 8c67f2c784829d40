"""Whether inputs are ones that a tool is for: a predicate of its parameters, evaluated in the sandbox."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from evaluators.batches import answers_in_batches
from evaluators.tool_runner import ToolRunner
from programs.tool_specification import ToolSpecification
from sandbox import Sandbox

_PREDICATE = "holds"


class Precondition:
    """A predicate of a tool's inputs; it may come from a model, so it runs where programs run.

    Args:
        box: Where it runs.
        parameters: Names of the tool's parameters, in order.
        text: A Python expression, or statements that raise where an input is none of the tool's; nothing
            but space where every input is one.
    """

    def __init__(self, box: Sandbox, parameters: Sequence[str], text: str | None) -> None:
        self._source = _predicate(parameters, text or "")
        self._runner = ToolRunner(box, _PREDICATE, call_seconds=0.1)

    @classmethod
    def of(cls, specification: ToolSpecification, box: Sandbox) -> Precondition:
        """Returns the precondition of a tool; one that always holds where it states none."""
        signature = specification.parsed_signature
        names = [parameter.name for parameter in signature.parameters] if signature else []
        return cls(box, names, specification.precondition)

    def holds(self, inputs: Sequence[Sequence[object]]) -> list[bool]:
        """Returns for each input whether the tool is for it; what raises, or takes long, says no."""
        if not self._source:
            return [True] * len(inputs)
        return [answer.value is True for answer in answers_in_batches(self._runner, self._source, inputs)]


def _predicate(parameters: Sequence[str], text: str) -> str:
    """Returns the source of the predicate; empty where it would always hold.

    Raises:
        ValueError: The text is no Python.
    """
    body = _statements(textwrap.dedent(text).strip("\n"))
    if not body:
        return ""
    function = ast.parse(f"def {_PREDICATE}({', '.join(parameters)}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    return ast.unparse(ast.fix_missing_locations(function))


def _statements(text: str) -> list[ast.stmt]:
    try:
        found = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"precondition {text!r:.200}: expected Python: {error}") from error
    if len(found) == 1 and isinstance(found[0], ast.Expr):
        return [ast.Return(ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), found[0].value)))]
    return [*found, ast.Return(ast.Constant(True))] if found else []
