"""Finds the task that a reference names: one of the project, a specification file, or a folder."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluators import FolderError, FolderEvaluator, SpecificationEvaluator, is_task_folder, read_folder
from funsearch.exceptions import TaskError
from funsearch.folder_packages import packages_of_folder
from funsearch.script_metadata import packages_of
from funsearch.task import DEFAULT_PACKAGES, Screening, Task
from funsearch.task_reference import Parameter, name_of, parameters_of
from funsearch.tool_task import is_tool_folder, task_of_tool_folder
from programs import Specification, SpecificationError, specification_of
from sandbox import BackendName, open_sandbox
from sandbox.warm import WarmSandbox

_TASKS_PACKAGE = "experiments.tasks"


def open_sandbox_for(task: Task, backend: BackendName) -> WarmSandbox:
    """Opens the sandbox that a task's programs run in, with the packages that they may import.

    Raises:
        TaskError: One of its packages is not installed.
        SandboxUnavailable: No sandbox can run here.
    """
    try:
        return open_sandbox(backend, packages=task.packages)
    except ValueError as error:
        raise TaskError(f"task {task.name!r}: {error}") from error


def task_names() -> list[str]:
    """Returns the names of the tasks that come with the project."""
    found = importlib.util.find_spec(_TASKS_PACKAGE)
    folders = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    return sorted(path.parent.name for folder in folders for path in folder.glob("*/task.py"))


def load_task(reference: str, inputs: tuple[Any, ...] = (), screen: tuple[int, float] | None = None) -> Task:
    """Returns the task that `reference` names: a task of the project, a specification file or a folder.

    Args:
        reference: Name under experiments/tasks/, alone or with parameters ("cap_set?n=8"); path of a
            specification file (.py), or of a folder with initial_program.py and evaluator.py; or of a tool in
            the making.
        inputs: Inputs of the file's run function, or of a task whose `build` takes some; refused by tasks
            that bring their own data.
        screen: How many of the inputs come first, and the score on them that lets a program go on to all.

    Raises:
        TaskError: No such task, a file that is no specification, a folder that is none, or inputs that do
            not fit.
    """
    if name_of(reference) in task_names():
        if screen is not None:
            raise TaskError(
                f"task {reference!r}: it brings its own cascade; --screen is for specification files"
            )
        return _task_of_project(name_of(reference), parameters_of(reference), inputs)
    path = Path(reference)
    if path.is_file():
        return _task_of_file(path, inputs, screen)
    if is_tool_folder(path):
        return task_of_tool_folder(path)
    if is_task_folder(path):
        if inputs or screen is not None:
            raise TaskError(f"{path}: it brings its own evaluator; --inputs and --screen are for files")
        return _task_of_folder(path)
    known = ", ".join(task_names())
    raise TaskError(
        f"task {reference!r}: neither a task of the project ({known}) nor a specification file, nor a folder "
        "with initial_program.py and evaluator.py"
    )


def absolute_reference(reference: str) -> str:
    """Returns a reference that means the same from any directory."""
    return reference if name_of(reference) in task_names() else str(Path(reference).resolve())


def _task_of_project(name: str, parameters: Mapping[str, Parameter], inputs: tuple[Any, ...]) -> Task:
    build = importlib.import_module(f"{_TASKS_PACKAGE}.{name}.task").build
    taken = set(inspect.signature(build).parameters)
    if inputs and "inputs" not in taken:
        raise TaskError(
            f"task {name!r}: it brings its own data; --inputs is for specification files and for tasks that "
            "take inputs, such as cap_set"
        )
    for parameter in parameters:
        if parameter not in taken - {"inputs"}:
            known = ", ".join(sorted(taken - {"inputs"})) or "it takes none"
            raise TaskError(f"task {name!r}: expected one of its parameters ({known}), found {parameter!r}")
    given: dict[str, Any] = {**parameters, **({"inputs": inputs} if inputs else {})}
    task: Task = build(**given)
    return task


def _task_of_file(path: Path, inputs: tuple[Any, ...], screen: tuple[int, float] | None) -> Task:
    try:
        text = path.read_text(encoding="utf-8")
        specification = Specification.from_text(text)
        packages = packages_of(text)
    except (SpecificationError, TaskError, OSError, UnicodeDecodeError) as error:
        raise TaskError(f"{path}: {error}") from error
    run_function = specification.run_function
    if run_function is None:
        raise TaskError(f"{path}: expected a function marked @funsearch.run that scores, found none")
    if not inputs:
        raise TaskError(f"{path}: {run_function}() needs inputs; give them with --inputs '[...]'")
    return Task(
        name=path.stem,
        specification=specification,
        training=lambda box: SpecificationEvaluator(box, run_function, inputs),
        training_data=f"{run_function}() on {len(inputs)} inputs, scored in the candidate's own process",
        packages=DEFAULT_PACKAGES if packages is None else packages,
        screening=screen and _screening(path, run_function, inputs, *screen),
    )


def _task_of_folder(path: Path) -> Task:
    try:
        folder = read_folder(path)
        specification = specification_of(folder.program)
        packages = packages_of_folder(folder, DEFAULT_PACKAGES)
    except SpecificationError as error:
        raise TaskError(f"{path / 'initial_program.py'}: {error}") from error
    except (FolderError, TaskError, OSError) as error:
        raise TaskError(f"{path}: {error}") from error
    return Task(
        name=folder.name,
        specification=specification,
        training=lambda box: FolderEvaluator(box, folder),
        training_data=folder.in_words,
        packages=packages,
        own_cascade=folder.cascade_in_words,
        identity=folder.identity,
    )


def _screening(
    path: Path, run_function: str, inputs: tuple[Any, ...], first: int, at_least: float
) -> Screening:
    if not 0 < first < len(inputs):
        raise TaskError(
            f"{path}: screening on the first {first} of {len(inputs)} inputs: expected 1 or more, but not all"
        )
    return Screening(
        lambda box: SpecificationEvaluator(box, run_function, inputs[:first]),
        at_least,
        f"the first {first} inputs",
    )
