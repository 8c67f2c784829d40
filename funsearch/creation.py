"""A tool from a sentence: what came of it, and how it enters the bank."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from evaluators.admission import WANTED_STRENGTH, Admission
from evaluators.cases import TestSuite
from evaluators.tool_evaluator import ToolEvaluator
from funsearch import samplers
from funsearch.creator import Creator, Plan, Spending, example_cases
from funsearch.exceptions import CreationError
from funsearch.scoping import scoped
from funsearch.tool_task import program_of
from language_models import ChatBackend
from programs import Function, ToolSpecification
from programs.enclosing import without_unused_imports
from sandbox import BackendName, Sandbox, open_sandbox
from tool_bank import Tool, ToolBank

Outcome = Literal["active", "provisional", "candidate", "known"]


@dataclass(frozen=True)
class Creation:
    """What came of a specification.

    Attributes:
        specification: What was asked for, with the signature that was found.
        outcome: "active": admitted; "provisional": served on trial, since nobody could say what is right
            beyond the examples; "candidate": kept, not served, as it fails an example or admission; "known":
            the bank has a tool of this name that meets every example.
        source: The program.
        suite: The test cases.
        admission: What promotion found; None for a known tool.
        version: Its version in the bank; None where no bank was given.
        why: The reason of an outcome other than "active".
        spent: What it cost.
    """

    specification: ToolSpecification
    outcome: Outcome
    source: str
    suite: TestSuite
    admission: Admission | None
    version: str | None
    why: str
    spent: Spending


def create_here(
    specification: ToolSpecification, plan: Plan | None, bank: Path | None, sandbox: str
) -> Creation:
    """Opens model, sandbox and bank, and creates; see `funsearch.create`."""
    plan = plan or Plan()
    with ExitStack() as stack:
        backend = stack.enter_context(samplers.chat_backend())
        box = stack.enter_context(open_sandbox(cast("BackendName", sandbox), packages=()))
        opened = stack.enter_context(ToolBank.open(bank)) if bank is not None else None
        plan.tell(f"model {backend.name}, sandbox {box.backend}")
        return create(scoped(specification, backend, plan.seed), backend, box, opened, plan)


def create(
    specification: ToolSpecification,
    backend: ChatBackend,
    box: Sandbox,
    bank: ToolBank | None = None,
    plan: Plan | None = None,
) -> Creation:
    """Makes a tool and takes it into the bank.

    Raises:
        CreationError: An example lies outside the precondition, or the bank has another tool of that name.
        ModelError: The model failed.
        SandboxError: The sandbox failed.
    """
    known = _known(specification, bank, box)
    if known is not None:
        return known
    plan = plan or Plan()
    creator = Creator(specification, backend, box, plan)
    winner, admission = creator.run()
    if plan.directory is not None:
        creator.write(plan.directory, winner)
    source = _text_of(specification, winner)
    outcome, why = _outcome(creator.suite, admission)
    made = Creation(specification, outcome, source, creator.suite, admission, None, why, creator.spent)
    if bank is None:
        return made
    return replace(made, version=bank.add(_as_tool(made, box.backend, backend.name, plan.seed)))


def _text_of(specification: ToolSpecification, winner: Function) -> str:
    """Returns the program as the bank keeps it: documented, and with the imports that it needs."""
    if not winner.docstring:
        winner = winner.with_docstring(" ".join(specification.description.split()))
    text = without_unused_imports(program_of(specification, winner))
    preface, definition, rest = text.partition(f"\ndef {specification.name}(")
    return f"{preface.rstrip()}\n\n{definition}{rest}"


def _known(specification: ToolSpecification, bank: ToolBank | None, box: Sandbox) -> Creation | None:
    """Returns the bank's tool of that name where it meets every example; None where there is none."""
    if bank is None or specification.name not in bank.names():
        return None
    tool = bank.get(specification.name)
    if tool.status in ("candidate", "retired"):
        return None
    suite = TestSuite(example_cases(specification))
    score = ToolEvaluator(box, specification, suite).evaluate(tool.source).score if suite.cases else 1.0
    if score != 1.0 or tool.function != specification.name:
        raise CreationError(
            f"name {tool.name!r}: taken by a tool that behaves otherwise ({tool.description[:80]}); choose "
            "another name, or retire that one"
        )
    spent = Spending(0.0)
    return Creation(
        specification, "known", tool.source, suite, None, tool.version, "the bank has it already", spent
    )


def _outcome(suite: TestSuite, admission: Admission) -> tuple[Outcome, str]:
    if admission.refused:
        return "candidate", admission.refused
    if suite.is_provisional:
        return "provisional", suite.abstained
    if admission.strength is not None and admission.strength < WANTED_STRENGTH:
        weak = f"its tests notice {admission.strength:.0%} of its mutants, fewer than {WANTED_STRENGTH:.0%}"
        return "provisional", weak
    return "active", ""


def _as_tool(made: Creation, sandbox: str, model: str, seed: int) -> Tool:
    specification, admission = made.specification, made.admission
    named = ("visible", "hidden", "strength")
    shares = {} if admission is None else {name: getattr(admission, name) for name in named}
    return Tool(
        name=specification.name,
        description=specification.description,
        source=made.source,
        function=specification.name,
        example_queries=specification.requests,
        scores={name: share for name, share in shares.items() if share is not None},
        sandbox=sandbox,
        packages=(),
        provenance={
            "made by": "funsearch create", "model": model, "seed": seed, "drafts": made.spent.drafts,
            "tokens": made.spent.tokens, "seconds": round(made.spent.seconds, 1),
            "cases": len(made.suite.cases), "examples": list(specification.examples), "why": made.why,
        },
        status="candidate" if made.outcome == "known" else made.outcome,
    )  # fmt: skip
