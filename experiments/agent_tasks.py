"""Requests for the agent with what is right for each, and a bank of written tools to fulfil them with."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.tools.specifications import names, reference_path, specification
from funsearch.typed_head import signature_node, with_types
from programs import Program
from programs.enclosing import enclosed
from sandbox import Sandbox
from tool_bank import Tool, ToolBank
from tool_bank.encoder import Encoder

_REQUESTS = Path(__file__).with_name("agent_requests.toml")


@dataclass(frozen=True)
class AgentTask:
    """A request, and how its answer is checked.

    Attributes:
        id: Names it.
        objective: What is wanted, in words.
        expected: The right answer, as JSON.
        tools: Names of the written tools that serve it.
        solution: A plan over them, which no model sees.
        requirements: What must be true of the answer.
        document: Text of the file that is given with it; "" where there is none.
        tolerance: How far a number may be off.
    """

    id: str
    objective: str
    expected: Any
    tools: tuple[str, ...]
    solution: str
    requirements: tuple[str, ...] = ()
    document: str = ""
    tolerance: float = 0.0

    def is_right(self, answer: object) -> bool:
        """Returns whether an answer is the expected one; blanks around a text do not count."""
        return _equal(self.expected, answer, self.tolerance)


def tasks(path: Path = _REQUESTS) -> tuple[AgentTask, ...]:
    """Returns the requests of a file, in its order."""
    entries = tomllib.loads(path.read_text("utf-8"))["request"]
    return tuple(_task(entry) for entry in entries)


def _task(entry: dict[str, Any]) -> AgentTask:
    lists: dict[str, Any] = {
        name: tuple(value) for name, value in entry.items() if name in ("tools", "requirements")
    }
    return AgentTask(**{**entry, **lists})


def written_tools(chosen: Sequence[str] | None = None) -> list[Tool]:
    """Returns the written tools as tools of a bank; None: all of them.

    What a task asks for is none of their example queries: to find them is a part of the task.
    """
    return [_tool(name) for name in chosen or names()]


def open_bank(
    directory: Path, *, sandbox: Sandbox | None = None, encoder: Encoder | None = None, empty: bool = False
) -> ToolBank:
    """Opens a bank with all written tools, or with none."""
    bank = ToolBank.open(directory, sandbox=sandbox, encoder=encoder)
    if not empty:
        bank.add_many(written_tools())
    return bank


def _tool(name: str) -> Tool:
    wanted = specification(name)
    assert wanted.signature is not None  # every written tool states one
    asked = {task.objective for task in tasks()}
    promised = signature_node(wanted.signature)
    function = enclosed(Program(reference_path(name).read_text("utf-8")), name)
    described = " ".join(wanted.description.split())
    typed = with_types(function, promised.args, promised.returns).with_docstring(described)
    return Tool(
        name=name,
        description=described,
        source=f"from typing import Any\n\n\n{typed.source}" if "Any" in typed.source else typed.source,
        function=name,
        example_queries=tuple(request for request in wanted.requests if request not in asked),
        packages=(),
        provenance={"made by": "hand"},
    )


def _equal(expected: object, found: object, tolerance: float) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float):
        is_number = isinstance(found, int | float)
        return is_number and math.isclose(expected, found, rel_tol=1e-9, abs_tol=tolerance)  # type: ignore[arg-type]
    if isinstance(expected, str):
        return isinstance(found, str) and expected == found.strip()
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(_equal(one, other, tolerance) for one, other in zip(expected, found, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and expected.keys() == found.keys()
            and all(_equal(value, found[key], tolerance) for key, value in expected.items())
        )
    return expected == found
