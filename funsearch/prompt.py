"""Best-shot prompts: the parents as versions 0, 1, ... in rising score, and the head of the next version.

FunSearch, Nature 2023, Methods: "best-shot prompting".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from language_models.reply_text import code_of
from programs import Function, ProgramSyntaxError, Specification
from programs.code_manipulation import FunctionNode, Program, lines_of


@dataclass(frozen=True)
class BestShotPrompt:
    """A prompt and how to read its answer.

    Attributes:
        text: The program so far, up to and including the docstring of the version to write.
        head: The part of `text` that begins the function to write.
        version: Name of that function, as in `priority_v2`.
    """

    text: str
    head: str
    version: str


def best_shot(specification: Specification, parents: Sequence[Function]) -> BestShotPrompt:
    """Returns the prompt that asks for a better version than `parents` (worst first)."""
    name = specification.function_to_evolve
    shown = [_as_version(parent, number) for number, parent in enumerate(parents)]
    version = f"{name}_v{len(parents)}"
    previous = f"{name}_v{len(parents) - 1}"
    request = specification.function.renamed(version).with_docstring(f"Improved version of `{previous}`.")
    head = "".join(lines_of(request.source)[: _docstring_end(request)])
    text = "\n\n".join([_preface(specification), *(function.source for function in shown), head])
    return BestShotPrompt(text, head, version)


def read_continuation(prompt: BestShotPrompt, continuation: str) -> Function:
    """Returns the function that `continuation` completes, cut where its body ends.

    Raises:
        ProgramSyntaxError: No beginning of the continuation completes the function.
    """
    body = []
    for line in lines_of(continuation):
        if line.strip() and not line[0].isspace() and not line.startswith("#"):
            break
        body.append(line)
    while any(line.strip() for line in body):
        try:
            return Function.from_text(prompt.head + "".join(body).rstrip() + "\n")
        except ProgramSyntaxError:
            body.pop()  # the model may have been cut in mid-statement
    raise ProgramSyntaxError(f"expected the body of {prompt.version}, found {continuation[:80]!r}")


def read_reply(prompt: BestShotPrompt, reply: str, name: str) -> Function:
    """Returns the new version from a chat reply: from its first block of code, or the reply itself.

    Raises:
        ProgramSyntaxError: The reply holds no such function.
    """
    program = Program(code_of(reply))
    # A model that lost count of the versions is still understood.
    versions = re.compile(rf"{re.escape(name)}(_v\d+)?")
    written = [node.name for node in program.tree.body if isinstance(node, FunctionNode)]
    matching = [found for found in written if versions.fullmatch(found)]
    wanted = prompt.version if prompt.version in matching or not matching else matching[-1]
    return program.function(wanted)


def as_candidate(function: Function, specification: Specification) -> Function:
    """Returns the function under the evolved function's name and with its docstring."""
    docstring = specification.function.docstring or "Evolved."
    one_line = docstring.splitlines()[0]
    return function.with_docstring(one_line).renamed(specification.function_to_evolve)


def _as_version(parent: Function, number: int) -> Function:
    version = parent.renamed(f"{parent.name}_v{number}")
    if number == 0:
        return version
    return version.with_docstring(f"Improved version of `{parent.name}_v{number - 1}`.")


def _preface(specification: Specification) -> str:
    """Returns the text before the function to evolve: imports, helpers, the module's docstring."""
    node = specification.program.function_node(specification.function_to_evolve)
    return "".join(lines_of(specification.program.text)[: node.lineno - 1]).strip() + "\n"


def _docstring_end(function: Function) -> int:
    first = function.node.body[0]
    return first.end_lineno or first.lineno
