"""Functions and programs as text with a syntax tree behind it.

The text is kept as its author wrote it (comments included); the tree is only read. So a program that
passes through here unchanged comes out unchanged, byte for byte.
"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

# CPython's parser recurses; text far beyond any useful program is refused before it is parsed.
MAX_SOURCE_CHARACTERS = 200_000


class ProgramSyntaxError(ValueError):
    """The text is not the Python that was asked for; the message gives the line and what was found."""


def parse(text: str) -> ast.Module:
    """Returns the syntax tree of `text`.

    Raises:
        ProgramSyntaxError: `text` is not Python, or too long or too deep to be parsed.
    """
    if len(text) > MAX_SOURCE_CHARACTERS:
        raise ProgramSyntaxError(
            f"source: expected at most {MAX_SOURCE_CHARACTERS} characters, found {len(text)}"
        )
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise ProgramSyntaxError(
            f"line {error.lineno}: {error.msg}: {(error.text or '').strip()!r}"
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProgramSyntaxError(f"source cannot be parsed: {error}") from error


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
        return cls(node.name, "".join(lines).rstrip("\n") + "\n")

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

    @property
    def header(self) -> str:
        """From `def` to the colon that opens the body, as one or more lines."""
        first = self.node.body[0]
        if first.lineno == self.node.lineno:  # a one-line function: `def f(x): return x`
            return self.source[: first.col_offset].rstrip() + "\n"
        return "".join(lines_of(self.source)[: first.lineno - 1])

    def renamed(self, name: str) -> Function:
        """Returns the function under another name, its calls to itself included."""
        return Function(name, rename(self.source, self.name, name))

    def with_docstring(self, docstring: str) -> Function:
        """Returns the function with `docstring` (one line) in place of its own."""
        lines = lines_of(self.source)
        first = self.node.body[0]
        if first.lineno == self.node.lineno:
            statement = self.source[first.col_offset :].strip()
            return replace(self, source=f'{self.header}    """{docstring}"""\n    {statement}\n')
        body_start = first.lineno - 1
        if is_docstring(first):
            body_start = first.end_lineno or first.lineno
        indentation = " " * first.col_offset
        new_line = f'{indentation}"""{docstring}"""\n'
        return replace(self, source="".join([*lines[: first.lineno - 1], new_line, *lines[body_start:]]))


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
        node = self.function_node(function.name)
        lines = lines_of(self.text)
        new = function.source if function.source.endswith("\n") else function.source + "\n"
        return Program("".join([*lines[: node.lineno - 1], new, *lines[node.end_lineno :]]))


def lines_of(text: str) -> list[str]:
    """Returns the lines as the parser counts them (`str.splitlines` also breaks at form feeds and more)."""
    return io.StringIO(text, newline=None).readlines()


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
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string == old and previous != ".":
            spans.append((token.start[0] - 1, token.start[1]))
        previous = token.string
    for row, column in reversed(spans):
        line = lines[row]
        lines[row] = line[:column] + new + line[column + len(old) :]
    return "".join(lines)
