"""Plans that open a document as if it were a file beside them: they read it through the tool instead."""

from __future__ import annotations

import ast

from agent.knowledge.document_actions import READ


def reading_documents(source: str) -> str:
    """Returns a plan in which `open(name)` gives the text of a document of that name, as an open file would.

    A plan runs where there are no files; small models open them all the same.
    """
    tree = ast.parse(source)
    opening = _Opening()
    changed = opening.visit(tree)
    if not opening.has_changed:
        return source
    return f"import io\n{ast.unparse(ast.fix_missing_locations(changed))}\n"


class _Opening(ast.NodeTransformer):
    """Puts the tool in the place of `open`, unless it is opened to be written."""

    def __init__(self) -> None:
        self.has_changed = False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("open"), args=[name, *modes]) if _reads(modes, node.keywords):
                self.has_changed = True
                text = ast.Call(ast.Name(READ, ast.Load()), [name], [])
                opener = ast.Attribute(ast.Name("io", ast.Load()), "StringIO", ast.Load())
                return ast.Call(opener, [text], [])
        return node


def _reads(modes: list[ast.expr], keywords: list[ast.keyword]) -> bool:
    given = [*modes[:1], *(word.value for word in keywords if word.arg == "mode")]
    return all(isinstance(mode, ast.Constant) and mode.value in ("r", "rt") for mode in given)
