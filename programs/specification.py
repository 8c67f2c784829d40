"""A specification: the program around a function to evolve, in DeepMind FunSearch's file format.

    @funsearch.evolve   marks the function to evolve
    @funsearch.run      marks the function that scores it (in the candidate's own process)
    @funsearch.verify   marks checks that the run function relies on

FunSearch: Romera-Paredes et al., "Mathematical discoveries from program search with large language
models", Nature 625 (2024).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from programs.code_manipulation import Function, FunctionNode, Program, ProgramSyntaxError, lines_of

MODULE = "funsearch"
MARKS = ("run", "evolve", "verify")


class SpecificationError(ValueError):
    """The text is no specification; the message says what was expected and what was found."""


@dataclass(frozen=True)
class Specification:
    """A program with one function to evolve.

    Attributes:
        program: The text without marks and without `import funsearch`, so that it runs anywhere.
        function_to_evolve: Name of the function marked `@funsearch.evolve`.
        run_function: Name of the function marked `@funsearch.run`; None where the score comes from outside.
    """

    program: Program
    function_to_evolve: str
    run_function: str | None = None

    @classmethod
    def from_text(cls, text: str) -> Specification:
        """Returns the specification that `text` holds.

        Raises:
            SpecificationError: Not Python, not one function to evolve, several that run, an unknown mark.
        """
        try:
            program = Program(text)
            marked = _marked_functions(program.tree)
            bare = Program(without_marks(text))
        except ProgramSyntaxError as error:
            raise SpecificationError(f"specification: expected Python, found an error at {error}") from error
        if len(marked["evolve"]) != 1 or len(marked["run"]) > 1:
            found = ", ".join(f"{len(marked[mark])} with @funsearch.{mark}" for mark in ("evolve", "run"))
            raise SpecificationError(
                "specification: expected one function marked @funsearch.evolve and at most one marked "
                f"@funsearch.run, found {found}{_hint(program.tree)}"
            )
        if marked["evolve"] == marked["run"]:
            raise SpecificationError(
                f"specification: function {marked['run'][0]!r} is marked both @funsearch.run and "
                "@funsearch.evolve; what scores must not evolve"
            )
        return cls(bare, marked["evolve"][0], next(iter(marked["run"]), None))

    @property
    def function(self) -> Function:
        """The initial version of the function to evolve."""
        return self.program.function(self.function_to_evolve)

    @property
    def in_words(self) -> str:
        """What evolves."""
        return f"the function {self.function_to_evolve}"

    @property
    def initial(self) -> Function:
        """The version that evolution starts from, as `BlockSpecification` has it too."""
        return self.function

    def unit(self, source: str) -> Function:
        """Returns a version of the function to evolve; nothing is checked."""
        return Function(self.function_to_evolve, source)

    def read(self, text: str) -> Function:
        """Returns the version in `text`, under the evolved function's name; raises ProgramSyntaxError."""
        return Function.from_text(text).renamed(self.function_to_evolve)

    def program_with(self, source: str) -> str:
        """Returns the whole program's text with a version's text in place of the function to evolve."""
        return self.source_with(self.unit(source))

    def check_program(self, text: str) -> None:
        """Raises ProgramSyntaxError where `text` is not Python, or lacks the function to evolve."""
        Program(text).function_node(self.function_to_evolve)

    def source_with(self, function: Function) -> str:
        """Returns the whole program's text with `function` in place of the function to evolve."""
        return self.program.text_with_function(function.renamed(self.function_to_evolve))


def _mark_of(decorator: ast.expr) -> str | None:
    """Returns "run" for `@funsearch.run` and `@funsearch.run(...)`, None for other decorators."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
        return decorator.attr if decorator.value.id == MODULE else None
    return None


def _marked_functions(tree: ast.Module) -> dict[str, list[str]]:
    """Returns the names of the top-level functions that bear each mark."""
    marked: dict[str, list[str]] = {mark: [] for mark in MARKS}
    for node in (node for node in tree.body if isinstance(node, FunctionNode)):
        for decorator in node.decorator_list:
            mark = _mark_of(decorator)
            if mark is None:
                continue
            if mark not in MARKS:
                raise SpecificationError(
                    f"specification: line {decorator.lineno}: expected one of "
                    f"{', '.join(f'@{MODULE}.{known}' for known in MARKS)}, found @{MODULE}.{mark}"
                )
            marked[mark].append(node.name)
    return marked


def _hint(tree: ast.Module) -> str:
    """Returns the likely cause where the marks are imported in a form that is not understood."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == MODULE:
            return f"; line {node.lineno}: write `import {MODULE}` and @{MODULE}.evolve"
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == MODULE and alias.asname:
                    return f"; line {node.lineno}: write `import {MODULE}` without `as`"
    return ""


def without_marks(text: str) -> str:
    """Returns the program without our decorators and without `import funsearch`, so that it runs anywhere.

    Raises:
        ProgramSyntaxError: `text` is not Python.
    """
    lines = lines_of(text)
    for node in ast.walk(Program(text).tree):
        if isinstance(node, FunctionNode):
            for decorator in filter(_mark_of, node.decorator_list):
                _blank(lines, decorator.lineno, decorator.end_lineno or decorator.lineno)
        elif isinstance(node, ast.Import) and any(alias.name == MODULE for alias in node.names):
            _drop_import(lines, node)
    return "".join(lines)


def _blank(lines: list[str], first: int, last: int) -> None:
    lines[first - 1 : last] = [""] * (last - first + 1)


def _drop_import(lines: list[str], node: ast.Import) -> None:
    """Takes our module out of an import statement, and the statement out where nothing is left of it."""
    others = [alias for alias in node.names if alias.name != MODULE]
    last = node.end_lineno or node.lineno
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
    after = lines[last - 1].encode()[node.end_col_offset :].decode()
    if not others and not before and after.strip()[:1] in ("", "#"):
        _blank(lines, node.lineno, last)
        return
    rest = ast.unparse(ast.Import(others)) if others else "pass"
    _blank(lines, node.lineno, last)
    lines[node.lineno - 1] = before + rest + after
