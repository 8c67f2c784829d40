"""The head of a function with the types that its users were promised: the bank takes no tool without."""

from __future__ import annotations

import ast
import copy
import io
import tokenize

from programs import Function
from programs.code_manipulation import lines_of, parse

ANYTHING = "object"  # where nobody named a type


def with_types(function: Function, model: ast.arguments, returns: ast.expr | None) -> Function:
    """Returns the function with the types of a model, by position; its own where the model has none.

    A function whose parameters bear the model's names gets its defaults too. Of the head only the words
    between name and colon are written anew, and only where types are missing or others.
    """
    head = copy.deepcopy(function.node)
    mine, theirs = _all(head.args), _all(model)
    for position, parameter in enumerate(mine):
        promised = theirs[position].annotation if position < len(theirs) else None
        parameter.annotation = promised or parameter.annotation or ast.Name(ANYTHING)
    if [parameter.arg for parameter in mine] == [parameter.arg for parameter in theirs]:
        head.args.defaults, head.args.kw_defaults = model.defaults, model.kw_defaults
    head.returns = returns or head.returns
    same = ast.unparse(head.args) == ast.unparse(function.node.args)
    if same and _text(head.returns) == _text(function.node.returns):
        return function
    written = f"def {function.name}({ast.unparse(head.args)})"
    promise = f" -> {_text(head.returns)}" if head.returns else ""
    return Function(function.name, f"{written}{promise}{function.source[_colon(function) :]}")


def signature_node(signature: str) -> ast.FunctionDef:
    """Returns a function with a signature such as "(text: str) -> int"."""
    (node,) = parse(f"def f{signature}:\n    pass\n").body
    assert isinstance(node, ast.FunctionDef)
    return node


def _all(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _text(expression: ast.expr | None) -> str:
    return ast.unparse(expression) if expression else ""


def _colon(function: Function) -> int:
    """Returns where the colon that ends the head stands in the source."""
    starts, depth = [0], 0
    for line in lines_of(function.source):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(function.source).readline):
        if token.type != tokenize.OP:
            continue
        depth += (token.string in "([{") - (token.string in ")]}")
        if token.string == ":" and depth == 0:
            row, column = token.start
            return starts[row - 1] + column
    raise ValueError(f"{function.name}: expected a function, found no colon")
