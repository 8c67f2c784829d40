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
            SpecificationError: Not Python, no function or several functions to evolve, several run functions.
        """
        try:
            program = Program(text)
            marked = {mark: _functions_marked(program.tree, mark) for mark in MARKS}
            if len(marked["evolve"]) != 1 or len(marked["run"]) > 1:
                found = ", ".join(f"{len(marked[mark])} with @funsearch.{mark}" for mark in ("evolve", "run"))
                raise SpecificationError(
                    "specification: expected one function marked @funsearch.evolve and at most one marked "
                    f"@funsearch.run, found {found}"
                )
            bare = Program(_without_marks(program))
        except ProgramSyntaxError as error:
            raise SpecificationError(
                f"specification: expected Python source, found an error at {error}"
            ) from error
        return cls(bare, marked["evolve"][0], next(iter(marked["run"]), None))

    @property
    def function(self) -> Function:
        """The initial version of the function to evolve."""
        return self.program.function(self.function_to_evolve)

    def source_with(self, function: Function) -> str:
        """Returns the whole program's text with `function` in place of the function to evolve."""
        return self.program.with_function(function.renamed(self.function_to_evolve)).text


def _mark_of(decorator: ast.expr) -> str | None:
    """Returns "run" for `@funsearch.run` and `@funsearch.run(...)`, None for other decorators."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
        return decorator.attr if decorator.value.id == MODULE else None
    return None


def _functions_marked(tree: ast.Module, mark: str) -> list[str]:
    functions = [node for node in tree.body if isinstance(node, FunctionNode)]
    return [node.name for node in functions if mark in map(_mark_of, node.decorator_list)]


def _without_marks(program: Program) -> str:
    """Returns the text with the lines of our decorators and of `import funsearch` blanked out."""
    lines = lines_of(program.text)
    for node in ast.walk(program.tree):
        spans: list[ast.expr | ast.stmt] = []
        if isinstance(node, FunctionNode):
            spans += [decorator for decorator in node.decorator_list if _mark_of(decorator)]
        elif isinstance(node, ast.Import) and [alias.name for alias in node.names] == [MODULE]:
            spans.append(node)
        for span in spans:
            for row in range(span.lineno - 1, span.end_lineno or span.lineno):
                lines[row] = ""
    return "".join(lines)
