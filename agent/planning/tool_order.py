"""Orders of tools, as a model writes them: the head of a function, and calls with what they give."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from agent.request import ToolOrder
from language_models import Completion, ParseError
from language_models.parser import Form, Forms
from language_models.reply_text import code_of
from programs import ToolSpecification, ToolSpecificationError
from programs.code_manipulation import ProgramSyntaxError, parse

MOST_EXAMPLES = 6
_WORDS = """\
Answer with one block of Python: the function's head with a docstring, then calls with the values they give:
```python
def duration_to_seconds(text: str) -> int:
    \"\"\"Turns a duration such as '1h30m' into seconds.\"\"\"
    ...

duration_to_seconds('1h30m') == 5400
duration_to_seconds('2d') == 172800
duration_to_seconds('') == 0
```"""


@dataclass(frozen=True)
class OrderParser:
    """Reads an order that `programs.ToolSpecification` takes, with at least one example."""

    forms: Forms = field(default=Forms((Form(_WORDS),)))

    def parse(self, reply: Completion) -> ToolOrder:
        """Returns the order; raises `ParseError` that says what is wrong with it."""
        try:
            body = parse(code_of(reply.text)).body
        except ProgramSyntaxError as error:
            raise ParseError("the head of a function and examples", f"no Python: {error}") from error
        function = next((node for node in body if isinstance(node, ast.FunctionDef)), None)
        if function is None:
            raise ParseError("the head of a function and examples", "no function")
        order = _order(function, _examples(body))
        if not order.examples:
            raise ParseError(f"examples such as {order.name}(1) == 2 with plain values", "none")
        return order


def _order(function: ast.FunctionDef, examples: list[str]) -> ToolOrder:
    """Returns the order; a signature without all its types is left to be found."""
    description = ast.get_docstring(function) or function.name.replace("_", " ")
    signature = None
    if function.returns and all(argument.annotation for argument in function.args.args):
        signature = f"({ast.unparse(function.args)}) -> {ast.unparse(function.returns)}"
    try:
        ToolSpecification(function.name, description, signature, tuple(examples))
    except ToolSpecificationError as error:
        raise ParseError("an order that can be met", str(error)) from error
    return ToolOrder(function.name, description, tuple(examples), signature)


def _examples(body: list[ast.stmt]) -> list[str]:
    """Returns the comparisons of a call with a value, of bare lines and of assertions."""
    tests = [
        node.value if isinstance(node, ast.Expr) else node.test
        for node in body
        if isinstance(node, ast.Expr | ast.Assert)
    ]
    return [
        ast.unparse(test)
        for test in tests
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Call)
    ][:MOST_EXAMPLES]
