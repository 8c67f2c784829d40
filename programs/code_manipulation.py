"""Functions and programs as text with a syntax tree behind it.

The text is kept as its author wrote it (comments included); the tree is only read. So a program that
passes through here unchanged comes out unchanged, byte for byte.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

# Bounds far beyond any useful program, so that whatever walks a tree later cannot be made to overflow.
MAX_SOURCE_CHARACTERS = 200_000
MAX_DEPTH = 100
MAX_INTEGER_BITS = 4_096


class ProgramSyntaxError(ValueError):
    """The text is not the Python that was asked for; the message gives the line and what was found."""


def parse(text: str) -> ast.Module:
    """Returns the syntax tree of `text`, which Python would compile.

    Raises:
        ProgramSyntaxError: `text` is not Python, or too long or too deep to be worked with.
    """
    if len(text) > MAX_SOURCE_CHARACTERS:
        raise ProgramSyntaxError(
            f"source: expected at most {MAX_SOURCE_CHARACTERS} characters, found {len(text)}"
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # a candidate's doubtful escapes are no news of ours
            tree = ast.parse(text)
            _check_bounds(tree)
            compile(
                tree, "<candidate>", "exec"
            )  # finds what only the symbol table knows: two equal parameters
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise ProgramSyntaxError(f"line {error.lineno}: {error.msg}: {line!r:.200}") from error
    except (RecursionError, MemoryError) as error:
        raise ProgramSyntaxError(f"source: too deeply nested to be parsed: {error}") from error
    except ValueError as error:  # null bytes, or ours
        raise (
            error if isinstance(error, ProgramSyntaxError) else ProgramSyntaxError(f"source: {error}")
        ) from error
    return tree


def _check_bounds(tree: ast.Module) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
        for node in level:
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
                raise ProgramSyntaxError(f"source: expected integers of at most {MAX_INTEGER_BITS} bits")
    raise ProgramSyntaxError(f"source: expected at most {MAX_DEPTH} levels of nesting, found more")


@dataclass(frozen=True)
class Function:
    """One function definition.

    Attributes:
        name: The function's name.
        source: From `def` to the end of the body, at column 0, without decorators.
    """

    name: str
    source: str

    @classmethod
    def from_text(cls, text: str) -> Function:
        """Returns the only function in `text`; decorators are dropped.

        Raises:
            ProgramSyntaxError: `text` holds anything but one function definition.
        """
        tree = parse(text)
        if len(tree.body) != 1 or not isinstance(tree.body[0], FunctionNode):
            found = ", ".join(type(node).__name__ for node in tree.body) or "nothing"
            raise ProgramSyntaxError(f"expected one function definition, found {found}")
        return cls.from_node(tree.body[0], text)

    @classmethod
    def from_node(cls, node: FunctionNode, text: str) -> Function:
        """Returns the function that `node`, parsed from `text`, defines."""
        lines = lines_of(text)[node.lineno - 1 : node.end_lineno]
        if lines[-1].rstrip().endswith("\\"):  # a continuation that continues nothing
            lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
        function = cls(node.name, "".join(lines).rstrip("\n") + "\n")
        if function.source == text:
            vars(function)["node"] = node  # what it would be parsed to; parsing is what admission pays for
        return function

    @cached_property
    def node(self) -> FunctionNode:
        """The function's syntax tree; shared, so not to be changed."""
        node = parse(self.source).body[0]
        if not isinstance(node, FunctionNode):
            raise ProgramSyntaxError(f"expected a function definition, found {type(node).__name__}")
        return node

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the positional parameters, in order."""
        arguments = self.node.args
        return tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))

    @property
    def docstring(self) -> str | None:
        """The docstring, cleaned of its indentation."""
        return ast.get_docstring(self.node)

    def renamed(self, name: str) -> Function:
        """Returns the function under another name, its calls to itself included."""
        if name == self.name:
            return self
        return Function(name, rename(self.source, self.name, name))

    def with_docstring(self, docstring: str) -> Function:
        """Returns the function with `docstring` in place of its own, comments kept in plain layouts."""
        first = self.node.body[0]
        lines = lines_of(self.source)
        if lines[first.lineno - 1].encode()[: first.col_offset].strip():  # the body begins in the head's line
            return self._rewritten_with_docstring(docstring)
        indentation = lines[first.lineno - 1].encode()[: first.col_offset].decode()
        body_start = (first.end_lineno or first.lineno) if is_docstring(first) else first.lineno - 1
        new_line = f"{indentation}{_docstring_literal(docstring)}\n"
        return replace(self, source="".join([*lines[: first.lineno - 1], new_line, *lines[body_start:]]))

    def _rewritten_with_docstring(self, docstring: str) -> Function:
        node = parse(self.source).body[0]
        if not isinstance(node, FunctionNode):
            raise ProgramSyntaxError(f"expected a function definition, found {type(node).__name__}")
        body = node.body[1:] if is_docstring(node.body[0]) else node.body
        node.body = [ast.Expr(ast.Constant(docstring)), *body]
        return replace(self, source=ast.unparse(ast.fix_missing_locations(node)) + "\n")


@dataclass(frozen=True)
class Program:
    """A module's text and the functions that stand at its top level."""

    text: str

    def __post_init__(self) -> None:
        self.tree  # noqa: B018 - parsed once, here, so that a Program is always Python

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree; shared, so not to be changed."""
        return parse(self.text)

    def function_node(self, name: str) -> FunctionNode:
        """Returns the tree of the top-level function `name` (the last one, as Python would take).

        Raises:
            ProgramSyntaxError: The program has no such function.
        """
        found = [node for node in self.tree.body if isinstance(node, FunctionNode)]
        for node in reversed(found):
            if node.name == name:
                return node
        names = ", ".join(node.name for node in found) or "none"
        raise ProgramSyntaxError(f"function {name!r}: not in the program; its functions: {names}")

    def function(self, name: str) -> Function:
        """Returns the top-level function `name`, without its decorators."""
        return Function.from_node(self.function_node(name), self.text)

    def with_function(self, function: Function) -> Program:
        """Returns the program with its function of the same name replaced, all other text untouched."""
        return Program(self.text_with_function(function))

    def text_with_function(self, function: Function) -> str:
        """Returns the text of `with_function`, which is not parsed."""
        node = self.function_node(function.name)
        lines = lines_of(self.text)
        new = function.source if function.source.endswith("\n") else function.source + "\n"
        return "".join([*lines[: node.lineno - 1], new, *lines[node.end_lineno :]])


def _docstring_literal(text: str) -> str:
    is_plain = text.isprintable() and "\\" not in text and '"""' not in text and not text.endswith('"')
    return f'"""{text}"""' if is_plain else repr(text)


def lines_of(text: str) -> list[str]:
    """Returns the lines as the parser counts them (`str.splitlines` also breaks at form feeds and more)."""
    return io.StringIO(text, newline=None).readlines()


def expression_of(text: str) -> ast.expr | None:
    """Returns the expression that a text is; None where it is several, a statement, or no Python."""
    try:
        body = parse(text.strip()).body
    except ProgramSyntaxError:
        return None
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None


def is_docstring(node: ast.stmt) -> TypeGuard[ast.Expr]:
    """Returns whether the statement is a bare string, as a docstring is."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def rename(text: str, old: str, new: str) -> str:
    """Returns `text` with every name `old` replaced by `new`; attributes and strings are left alone."""
    lines = lines_of(text)
    previous = ""
    spans = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and token.string == old and previous != ".":
                spans.append((token.start[0] - 1, token.start[1]))
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                previous = token.string
    except (tokenize.TokenError, SyntaxError) as error:
        raise ProgramSyntaxError(f"source: {error}") from error
    for row, column in reversed(spans):
        line = lines[row]
        lines[row] = line[:column] + new + line[column + len(old) :]
    return "".join(lines)
