"""Which installed distributions a task folder's files import."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from evaluators import TaskFolder
from evaluators.task_folder import EVALUATOR, PROGRAM
from funsearch.exceptions import TaskError
from funsearch.script_metadata import packages_of

# The sandbox brings the one itself, and never has the other.
_PROVIDED = frozenset({"openevolve", "funsearch"})
_REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)", re.MULTILINE)


@dataclass(frozen=True)
class _Import:
    """A module that a file imports; `required` where the file cannot be imported without."""

    file: str
    module: str
    required: bool


def packages_of_folder(folder: TaskFolder, default: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the distributions that programs of the folder may import: those that its files name.

    They are named by imports, by a comment `# /// script`, and by requirements.txt.

    Args:
        folder: The task.
        default: Distributions that are always there.

    Raises:
        TaskError: A file needs one that is not installed here.
    """
    providers = importlib.metadata.packages_distributions()
    found = set(_named(folder))
    for each in _imports(folder):
        distributions = providers.get(each.module, [])
        if not distributions and each.required:
            raise TaskError(
                f"{each.file}: imports {each.module!r}, which is not installed here; pip install "
                f"{each.module}, or whichever package has it"
            )
        found |= set(distributions[:1])
    others = {name for name in found if name.lower() not in {*_PROVIDED, *default}}
    return (*default, *sorted(others))


def _named(folder: TaskFolder) -> Iterator[str]:
    """Yields the distributions that comments name, and those of requirements.txt that are installed."""
    for name in (PROGRAM, EVALUATOR):
        yield from packages_of(folder.text(name)) or ()
    for name in _REQUIREMENT.findall(folder.text("requirements.txt")):
        if any(importlib.metadata.distributions(name=name)):
            yield name


def _imports(folder: TaskFolder) -> Iterator[_Import]:
    """Yields what the two files import, and what the modules beside them import that they use."""
    waiting, seen = [EVALUATOR, PROGRAM], {EVALUATOR, PROGRAM}
    while waiting:
        file = waiting.pop()
        for each in _imports_of(file, folder.text(file)):
            places = (f"{each.module}.py", f"{each.module}/__init__.py")
            inside = [place for place in places if place in folder.files]
            if not inside and each.module not in sys.stdlib_module_names and each.module not in _PROVIDED:
                yield each
            waiting += [name for name in inside if name not in seen]
            seen |= set(inside)


def _imports_of(file: str, text: str) -> Iterator[_Import]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise TaskError(f"{file}: expected Python, found an error: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        for name in names:
            yield _Import(file, name.partition(".")[0], required=node in tree.body)
