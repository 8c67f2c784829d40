"""Problems of a file of lines of JSON: a function in words, its examples, and programs that attempt it."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs.tool_specification import ToolSpecification, ToolSpecificationError


@dataclass(frozen=True)
class Mutant:
    """A program with one bug; `survives_examples` says that the docstring's examples do not notice it."""

    source: str
    survives_examples: bool


@dataclass(frozen=True)
class Hidden:
    """What is known of a problem for measuring only.

    Attributes:
        reference: A right program.
        contract: Statements that raise on inputs that the function is not for.
        mutants: Wrong programs, each different from the reference on some input.
        correct: Other right programs.
        wrong: Wrong programs that a model wrote.
    """

    reference: str
    contract: str
    mutants: tuple[Mutant, ...]
    correct: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """One problem.

    Attributes:
        problem_id: Its name.
        specification: What is wanted.
        counts: Programs that attempt it, and how often each was sampled.
        hidden: None where nothing is known.
    """

    problem_id: str
    specification: ToolSpecification
    counts: Mapping[str, int]
    hidden: Hidden | None

    @property
    def pool(self) -> tuple[str, ...]:
        """The different programs."""
        return tuple(self.counts)

    @property
    def samples(self) -> tuple[str, ...]:
        """The programs, each as often as it was sampled."""
        return tuple(source for source, count in self.counts.items() for _ in range(count))

    @property
    def parameters(self) -> list[str]:
        """The names of the function's parameters."""
        signature = self.specification.parsed_signature
        return [parameter.name for parameter in signature.parameters] if signature else []


def read_problems(path: Path) -> Iterator[Problem]:
    """Yields the problems of a file, one a line."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield _problem(json.loads(line))


def _problem(fields: dict[str, Any]) -> Problem:
    hidden = _hidden(fields["hidden"]) if fields.get("hidden") else None
    counts: Counter[str] = Counter()
    for entry in fields["pool"]:
        counts[entry["src"]] += entry.get("count", 1)
    return Problem(fields["problem_id"], _specification(fields), counts, hidden)


def _hidden(fields: dict[str, Any]) -> Hidden:
    mutants = tuple(
        Mutant(mutant["src"], not mutant["killed_by_examples"])
        for mutant in fields["mutants"]
        if mutant["nonequivalent"]
    )
    correct, wrong = tuple(fields["correct_alternatives"]), tuple(fields["plausible_wrong"])
    return Hidden(fields["reference"], fields["contract"], mutants, correct, wrong)


def _specification(fields: dict[str, Any]) -> ToolSpecification:
    """Returns the specification with the examples that it can have: published ones may be contradictory."""
    name = fields["entry_point"]
    signature = _signature(fields["signature"])
    description = fields["docstring"] if len(fields["docstring"].split()) > 1 else f"Computes {name}"
    found = ToolSpecification(name, description, signature)
    for arguments, expected in fields["examples"]:
        call = f"{name}({', '.join(map(repr, ast.literal_eval(arguments)))}) == {expected}"
        try:
            found = ToolSpecification(name, description, signature, (*found.examples, call))
        except ToolSpecificationError:
            continue
    return found


def _signature(line: str) -> str:
    """Returns the signature of a line that begins a function, with its types where JSON has them."""
    node = ast.parse(f"{line.strip()} pass").body[0]
    assert isinstance(node, ast.FunctionDef)
    arrow = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    text = f"({ast.unparse(node.args)}){arrow}"
    try:
        ToolSpecification("f", "any words", text)
    except ToolSpecificationError:
        return f"({', '.join(argument.arg for argument in node.args.args)})"
    return text
