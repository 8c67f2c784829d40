"""Requests for the agent with what is right for each, and a bank of written tools to fulfil them with."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.trials import read_trials
from experiments.tools.specifications import names, reference_path, specification
from funsearch.call_tests import call_tests
from funsearch.creator import example_cases
from funsearch.typed_head import signature_node, with_types
from programs import Program
from programs.enclosing import enclosed
from sandbox import Sandbox
from tool_bank import Tool, ToolBank
from tool_bank.encoder import Encoder

REQUESTS = Path(__file__).with_name("agent_requests.toml")


@dataclass(frozen=True)
class Solution:
    """How a request can be fulfilled; no model sees it.

    Attributes:
        tools: Names of the written tools that serve it.
        plan: A plan over them.
    """

    tools: tuple[str, ...]
    plan: str


def solutions() -> dict[str, Solution]:
    """Returns a solution for each request, by its name."""
    entries = tomllib.loads(REQUESTS.read_text("utf-8"))["request"]
    return {entry["name"]: Solution(tuple(entry["tools"]), entry["solution"]) for entry in entries}


def written_tools(chosen: Sequence[str] | None = None) -> list[Tool]:
    """Returns the written tools as tools of a bank; None: all of them.

    What a task asks for is none of their example queries: to find them is a part of the task.
    """
    return [_tool(name) for name in chosen or names()]


def open_bank(
    directory: Path, *, sandbox: Sandbox | None = None, encoder: Encoder | None = None, empty: bool = False
) -> ToolBank:
    """Opens a bank with all written tools and their examples as tests, or with none."""
    bank = ToolBank.open(directory, sandbox=sandbox, encoder=encoder)
    for tool in () if empty else written_tools():
        wanted = specification(tool.name)
        names_of = [parameter.name for parameter in tool.signature.parameters]
        bank.challenge(tool, call_tests(example_cases(wanted), names_of, any_order=wanted.any_order))
    return bank


def _tool(name: str) -> Tool:
    wanted = specification(name)
    assert wanted.signature is not None  # every written tool states one
    asked = {trial.objective for trial in read_trials(REQUESTS)}
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
