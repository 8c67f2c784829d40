"""A tool in the making as a task: a folder with its specification, its test cases and a first program."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from evaluators.cases import TestSuite
from evaluators.tool_evaluator import ToolEvaluator
from funsearch.exceptions import TaskError
from funsearch.task import Task
from programs import Function, Program, ProgramSyntaxError, Specification, ToolSpecification
from programs.tool_specification import ToolSpecificationError

SPECIFICATION_FILE = "specification.json"
SUITE_FILE = "suite.json"
PROGRAM_FILE = "initial.py"
_PREFACE = '''"""{title}"""

import bisect
import collections
import datetime
import functools
import heapq
import itertools
import json
import math
import operator
import random
import re
import statistics
import string
from collections import Counter, defaultdict, deque
from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, Tuple, Union


'''


def is_tool_folder(path: Path) -> bool:
    """Returns whether the folder holds a tool in the making."""
    return (path / SPECIFICATION_FILE).is_file() and (path / SUITE_FILE).is_file()


def write_folder(path: Path, specification: ToolSpecification, suite: TestSuite, first: Function) -> None:
    """Writes a tool in the making, with the program that it goes on from."""
    path.mkdir(parents=True, exist_ok=True)
    fields = {field.name: getattr(specification, field.name) for field in dataclasses.fields(specification)}
    (path / SPECIFICATION_FILE).write_text(json.dumps(fields, indent=2), encoding="utf-8")
    (path / SUITE_FILE).write_text(suite.to_json(), encoding="utf-8")
    (path / PROGRAM_FILE).write_text(program_of(specification, first), encoding="utf-8")


def program_of(specification: ToolSpecification, function: Function) -> str:
    """Returns the whole text of a program: usual imports, then the function."""
    title = " ".join(specification.description.split()).replace("\\", "/").replace('"', "'")
    return _PREFACE.format(title=title[:90]) + function.source


def stub(specification: ToolSpecification) -> Function:
    """Returns a function with the tool's head and docstring that reads every parameter and knows nothing."""
    signature = specification.parsed_signature
    if signature is None:
        raise TaskError(f"{specification.name}: expected a signature, found none")
    names = [parameter.name for parameter in signature.parameters]
    given = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return Function(specification.name, f"{head(specification)}    return {given}\n")


def head(specification: ToolSpecification) -> str:
    """Returns the `def` line and the docstring, which shows the examples."""
    shown = "".join(f"\n    {text.replace(chr(92), chr(92) * 2)}" for text in specification.examples)
    examples = f"\n\n    Examples:{shown}\n    " if shown else ""
    description = " ".join(specification.description.split()).replace("\\", "\\\\").replace('"""', "'''")
    return f'def {specification.name}{specification.signature}:\n    """{description}{examples}"""\n'


def read_tool_folder(path: Path) -> tuple[ToolSpecification, TestSuite, Program]:
    """Returns what a folder of `write_folder` holds.

    Raises:
        TaskError: It is damaged.
    """
    try:
        specification = ToolSpecification(**json.loads((path / SPECIFICATION_FILE).read_text("utf-8")))
        suite = TestSuite.from_json((path / SUITE_FILE).read_text("utf-8"))
        program = Program((path / PROGRAM_FILE).read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError, ToolSpecificationError, ProgramSyntaxError) as error:
        raise TaskError(f"{path}: expected a tool in the making, found a damaged one: {error}") from error
    return specification, suite, program


def task_of_tool_folder(path: Path) -> Task:
    """Returns the task that a folder of `write_folder` holds."""
    specification, suite, program = read_tool_folder(path)
    return task_of_suite(specification, suite.visible, program)


def task_of_suite(specification: ToolSpecification, suite: TestSuite, program: Program) -> Task:
    """Returns the task to pass a suite, beginning with a program."""
    return Task(
        name=specification.name,
        specification=Specification(program, specification.name),
        training=lambda box: ToolEvaluator(box, specification, suite),
        training_data=f"{len(suite.cases)} test cases",
        figure="share of test cases passed",
        show=lambda score: f"{100 * score:.4g} %",
        packages=(),
        tool=None,
        own_cascade="static gates, examples, the 5 most telling cases, half of the rest, all",
    )
