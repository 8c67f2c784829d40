"""A plan: a small Python program whose unknown functions are tools, or are answered by a model.

Chain of Code (arXiv 2312.04474): top-level statements are its steps, `assert` statements its checks. What it
comes to is the variable `answer`, else `result`, else the value of its last expression, else what it printed.
A plan is read here without being run; what can be seen to be wrong is told before anything happens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from agent.chain_of_code.expectation import ANY, Expectation, Expectations, by_name
from agent.chain_of_code.plan_checks import call_problems, import_problems, is_import_of, undefined_problem
from agent.chain_of_code.plan_names import (
    ASK_USER,
    INPUT,
    KNOWN,
    bound_in,
    called_in,
    is_handed_over,
    read_in,
    unresolved,
)
from agent.chain_of_code.semantic import SemanticFunction, function_of_calls, is_stub, of_stub
from agent.tool_face import ToolFace
from agent.trace_entry import TraceKind
from programs.code_manipulation import ProgramSyntaxError, is_docstring, lines_of, parse
from programs.python_type import ANY as ANY_TYPE
from programs.python_type import python_type

ANSWERS = ("answer", "result")
MOST_PROBLEMS = 12  # told at once
LONGEST = 20_000  # characters of a plan
StepKind = Literal["step", "check", "definition", "nothing"]
Site = tuple[int, int]  # line, and offset in bytes, of a call


class PlanRefused(ValueError):
    """A plan that cannot work.

    Attributes:
        problems: One sentence each, with the line.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Step:
    """One statement at the top of a plan.

    Attributes:
        line: Where it begins.
        text: Its source.
        inputs: Names that it reads and that it or an earlier step binds.
        outputs: Names that it binds.
        kind: What it is; "nothing" is not run.
        origin: Who gives the value that it binds.
    """

    line: int
    text: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    kind: StepKind = "step"
    origin: TraceKind = "code"


@dataclass(frozen=True)
class Plan:
    """A plan that may be run.

    Attributes:
        source: Its text.
        steps: In order.
        tools: The tools that it calls.
        functions: The functions that a model answers for, by name.
        sites: What is expected of each call of one of these; where it stands decides.
    """

    source: str
    steps: tuple[Step, ...]
    tools: Mapping[str, ToolFace] = field(default_factory=dict)
    functions: Mapping[str, SemanticFunction] = field(default_factory=dict)
    sites: Mapping[tuple[str, Site], Expectation] = field(default_factory=dict)

    @property
    def checks(self) -> tuple[Step, ...]:
        """The statements that say what must be true."""
        return tuple(step for step in self.steps if step.kind == "check")

    @cached_property
    def stub_lines(self) -> tuple[int, ...]:
        """Where functions without a body are defined."""
        return tuple(
            node.lineno
            for node in ast.walk(ast.parse(self.source))
            if isinstance(node, ast.FunctionDef) and node.name in {*self.tools, *self.functions}
        )

    def expected(self, name: str, site: Site) -> Expectation:
        """Returns what is expected of a call of a semantic function."""
        function = self.functions[name]
        if function.returns.type != ANY:
            return function.returns
        return self.sites.get((name, site), by_name(name))


def read_plan(source: str, tools: Mapping[str, ToolFace]) -> Plan:
    """Returns the plan that a text is.

    A name that is called and defined nowhere is a tool if there is one of that name, and else a semantic
    function, for which a model answers; so is a function that is defined without a body. A name that is only
    read and defined nowhere is a mistake.

    Args:
        source: Python.
        tools: What may be called, by name.

    Raises:
        PlanRefused: It is no Python, reads names that nobody defines, calls tools with arguments that their
            schemas refuse, imports what it may not, or comes to no answer.
    """
    if len(source) > LONGEST:
        raise PlanRefused((f"expected a plan of at most {LONGEST} characters, found {len(source)}",))
    try:
        tree = parse(source)
    except ProgramSyntaxError as error:
        raise PlanRefused((str(error),)) from error
    reading = _Reading(source, tree, tools)
    problems = tuple(dict.fromkeys(reading.problems()))
    if problems:
        raise PlanRefused(problems[:MOST_PROBLEMS])
    return reading.plan()


class _Reading:
    """One plan as it is read."""

    def __init__(self, source: str, tree: ast.Module, tools: Mapping[str, ToolFace]) -> None:
        self._source = source
        self._lines = [line.encode() for line in lines_of(source)]
        self._tree = tree
        self._calls = list(called_in(tree))
        self._stubs = {node.name: node for node in _functions(tree) if is_stub(node)}
        written = {node.name for node in _functions(tree)} - set(self._stubs)
        defined = {
            name
            for name, node in _first_bindings(node for node in tree.body if not is_import_of(node, tools))
            if not _calls(node, name)  # `count = count(words)` calls the tool, and then hides it
        }
        self._missing = unresolved(source)
        self._tools = {
            name: face
            for name, face in tools.items()
            if name in self._stubs or (name not in written and name not in defined)
        }

    def problems(self) -> Iterator[str]:
        """Yields what is wrong, in sentences."""
        yield from import_problems(self._tree, self._tools)
        for name, call in self._calls:
            if name in self._tools and not is_handed_over(name, call):
                yield from call_problems(call, self._tools[name], self._tools.values())
        called = {name for name, _ in self._calls}
        for name in sorted(self._missing - KNOWN - set(self._tools)):
            problem = undefined_problem(name, _first_line(name, self._tree), is_called=name in called)
            yield from [problem] if problem else []
        if not self._comes_to_something():
            yield f"the plan comes to nothing: bind its result to the variable `{ANSWERS[0]}`"

    def plan(self) -> Plan:
        """Returns the plan; there are no problems."""
        functions = self._functions()
        used = {name: face for name, face in self._tools.items() if name in self._names()}
        steps = []
        bound: set[str] = set()
        for node in self._tree.body:
            bound.update(bound_in(node))
            steps.append(self._step(node, functions, bound))
        return Plan(self._source, tuple(steps), used, functions, self._sites(functions))

    def _names(self) -> set[str]:
        return set(read_in(self._tree))

    def _functions(self) -> dict[str, SemanticFunction]:
        functions = {name: of_stub(node) for name, node in self._stubs.items() if name not in self._tools}
        for name, _ in self._calls:
            if name in self._missing and name not in KNOWN and name not in {*self._tools, *functions}:
                calls = [
                    call for other, call in self._calls if other == name and not is_handed_over(name, call)
                ]
                functions[name] = function_of_calls(name, calls)
        return functions

    def _sites(self, functions: Mapping[str, SemanticFunction]) -> dict[tuple[str, Site], Expectation]:
        expectations = Expectations(self._tree, self._parameter_types(functions))
        sites = {}
        for name, call in self._calls:
            if name in functions:
                is_given = is_handed_over(name, call)
                found = expectations.of_handed_over(call) if is_given else expectations.of(call)
                sites[name, (call.lineno, call.col_offset)] = by_name(name, found)
        return sites

    def _parameter_types(self, functions: Mapping[str, SemanticFunction]) -> dict[str, dict[str, str]]:
        types = {name: dict(function.types) for name, function in functions.items()}
        for name, face in self._tools.items():
            shown = {key: python_type(entry) for key, entry in face.parameters.get("properties", {}).items()}
            types[name] = {key: "" if text == ANY_TYPE else text for key, text in shown.items()}
        for node in _functions(self._tree):
            types.setdefault(
                node.name,
                {arg.arg: ast.unparse(arg.annotation) if arg.annotation else "" for arg in node.args.args},
            )
        return types

    def _step(self, node: ast.stmt, functions: Mapping[str, SemanticFunction], bound: set[str]) -> Step:
        kind: StepKind = "step"
        if isinstance(node, ast.Assert):
            kind = "check"
        elif is_import_of(node, self._tools) or is_docstring(node):
            kind = "nothing"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            kind = "definition"
        text = _segment(self._lines, node)
        inputs = tuple(name for name in read_in(node) if name in bound)
        return Step(node.lineno, text, inputs, bound_in(node), kind, self._origin(node, functions))

    def _origin(self, node: ast.stmt, functions: Mapping[str, SemanticFunction]) -> TraceKind:
        value = getattr(node, "value", None)
        name = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        if name in self._tools:
            return "tool"
        if name in functions:
            return "model"
        return "user" if name in (ASK_USER, INPUT) and name in KNOWN else "code"

    def _comes_to_something(self) -> bool:
        bound = {name for node in self._tree.body for name in bound_in(node)}
        return not bound.isdisjoint(ANSWERS) or any(
            isinstance(node, ast.Expr) and not is_docstring(node) for node in ast.walk(self._tree)
        )


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Returns all functions but methods."""
    methods = {id(node) for found in ast.walk(tree) if isinstance(found, ast.ClassDef) for node in found.body}
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and id(node) not in methods]


def _segment(lines: list[bytes], node: ast.stmt) -> str:
    """Returns the source of a statement; the library's way splits the whole source each time."""
    end = node.end_lineno or node.lineno
    found = lines[node.lineno - 1 : end]
    found[-1] = found[-1][: node.end_col_offset]
    found[0] = found[0][node.col_offset :]
    return b"".join(found).decode()


def _first_bindings(nodes: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yields each name that is bound at the top, with the first statement that does so."""
    seen: set[str] = set()
    for node in nodes:
        yield from ((name, node) for name in bound_in(node) if name not in seen)
        seen.update(bound_in(node))


def _calls(node: ast.stmt, name: str) -> bool:
    """Tells whether an assignment calls the name that it binds."""
    return isinstance(node, ast.Assign | ast.AnnAssign) and name in {other for other, _ in called_in(node)}


def _first_line(name: str, tree: ast.Module) -> int:
    lines = (node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name)
    return min(lines, default=1)
