"""A requirement that is a Python expression of `answer`; it is evaluated in the sandbox and nowhere else."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from agent.request import Json
from programs.code_manipulation import expression_of
from sandbox import Limits, Sandbox

ANSWER = "answer"
LONGEST = 2000  # characters
_MODULES = ("datetime", "json", "math", "re")
_FUNCTIONS = frozenset(
    {
        "abs", "all", "any", "bool", "dict", "divmod", "enumerate", "filter", "float",
        "frozenset", "int", "isinstance", "len", "list", "map", "max", "min", "ord",
        "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple",
        "type", "zip",
    }
)  # fmt: skip
_LIMITS = Limits(wall_seconds=2.0, memory_bytes=256 << 20, output_bytes=4 << 10)
_CHECK = "holds"


@dataclass(frozen=True)
class RequirementExpression:
    """A requirement that can be evaluated.

    Attributes:
        text: The expression.
    """

    text: str

    @classmethod
    def of(cls, requirement: str) -> RequirementExpression | None:
        """Returns the expression that a requirement is; None where it is words.

        It speaks of `answer`, and of nothing else that is not Python's own: "answer in English" is words.
        """
        if len(requirement) > LONGEST:
            return None
        node = expression_of(requirement)
        if node is None or not _speaks_of_answer_alone(node):
            return None
        return cls(ast.unparse(_WithEquality().visit(node)))

    def holds(self, answer: Json, sandbox: Sandbox) -> tuple[bool | None, str]:
        """Returns whether it is true of an answer, and why not; None where that cannot be found out."""
        imports = "".join(f"import {module}\n" for module in _MODULES)
        source = f"{imports}\n\ndef {_CHECK}({ANSWER}):\n    return bool({self.text})\n"
        try:
            outcome = sandbox.call(source, _CHECK, [[answer]], limits=_LIMITS)
        except ValueError as error:  # an answer that cannot cross the sandbox's border
            return None, f"not verified, {error!s:.200}"
        result = outcome.first()
        if result.ok:
            return result.value is True, "" if result.value is True else f"it is false of {answer!r:.100}"
        if outcome.status == "returned":  # it raised, as comparing a text with a number does
            return False, f"{result.error!s:.200}, for {answer!r:.100}"
        return None, f"not verified, {result.error!s:.200}"


class _WithEquality(ast.NodeTransformer):
    """Reads "answer is 5" as it is meant."""

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        """Returns a comparison without identity of literals."""
        sides = [node.left, *node.comparators]
        pairs = zip(node.ops, sides, sides[1:], strict=False)
        node.ops = [_equality(op, left, right) for op, left, right in pairs]
        self.generic_visit(node)
        return node


def _equality(op: ast.cmpop, left: ast.expr, right: ast.expr) -> ast.cmpop:
    singletons = (None, True, False)
    literal = any(
        isinstance(side, ast.List | ast.Dict | ast.Tuple)
        or (isinstance(side, ast.Constant) and not any(side.value is one for one in singletons))
        for side in (left, right)
    )
    if literal and isinstance(op, ast.Is | ast.IsNot):
        return ast.Eq() if isinstance(op, ast.Is) else ast.NotEq()
    return op


def _speaks_of_answer_alone(node: ast.expr) -> bool:
    """Returns whether an expression has the name `answer`, and no other that is not known."""
    names = [found for found in ast.walk(node) if isinstance(found, ast.Name)]
    bound = {found.id for found in names if isinstance(found.ctx, ast.Store)}
    bound |= {found.arg for found in ast.walk(node) if isinstance(found, ast.arg)}
    used = {found.id for found in names if isinstance(found.ctx, ast.Load)}
    has_more = any(isinstance(found, ast.Await | ast.Yield | ast.YieldFrom) for found in ast.walk(node))
    return ANSWER in used and not has_more and used <= {ANSWER, *bound, *_MODULES, *_FUNCTIONS}
