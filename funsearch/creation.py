"""A tool from a sentence: what came of it, and how it enters the bank."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from evaluators.admission import WANTED_STRENGTH, Admission
from evaluators.cases import TestSuite
from evaluators.tool_evaluator import ToolEvaluator
from evaluators.tool_runner import Answer, ToolRunner
from funsearch import samplers
from funsearch.call_tests import call_tests
from funsearch.creator import Creator, Plan, Spending, example_cases
from funsearch.exceptions import CreationError
from funsearch.scoping import scoped
from funsearch.tool_task import program_of
from funsearch.typed_head import signature_node, with_types
from language_models import ChatBackend
from programs import Function, ToolSpecification
from programs.enclosing import without_unused_imports
from sandbox import BackendName, Sandbox, open_sandbox
from tool_bank import SERVED, Tool, ToolBank, ToolNotFound, ToolTest

Outcome = Literal["active", "provisional", "candidate", "known", "alias"]


@dataclass(frozen=True)
class Creation:
    """What came of a specification.

    Attributes:
        specification: What was asked for, with the signature that was found.
        outcome: "active": admitted; "provisional": served on trial, since nobody could say what is right
            beyond the examples; "candidate": kept, not served, as it fails an example or admission; "known":
            the bank has a tool of this name that meets every example; "alias": the bank has a tool that does
            the same, which answers for this name too.
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
        plan.tell(f"traces: {samplers.traces_in_words()}")
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
    return _entered(made, _as_tool(made, box.backend, backend.name, plan.seed), box, bank)


def _entered(made: Creation, tool: Tool, box: Sandbox, bank: ToolBank) -> Creation:
    """Returns the creation with what became of it in the bank, where its tests and requests are kept."""
    entry = bank.admit(tool, _tests(made, tool, box))
    if entry.outcome != "refused":
        bank.add_queries(tool.name, made.specification.requests, "request")
    made = replace(made, version=entry.version)
    match entry.outcome:
        case "alias":
            why = f"{entry.target} does the same and answers for {tool.name}, too"
            return replace(made, outcome="alias", why=why)
        case "known":
            return replace(made, outcome="known", why="the bank has it already")
        case "refused":
            return replace(made, outcome="candidate", why=entry.why)
    return made


def _tests(made: Creation, tool: Tool, box: Sandbox) -> list[ToolTest]:
    """Returns the cases that bind successors: those that the tool meets, and every example."""
    cases = made.suite.cases
    performance = ToolRunner(box, tool.function).run(tool.source, [case.arguments for case in cases])
    answers = performance.answers or (Answer("skipped"),) * len(cases)
    any_order = made.specification.any_order
    binding = [
        case
        for case, answer in zip(cases, answers, strict=True)
        if case.source == "example" or (answer.is_value and case.is_met_by(answer.value, any_order=any_order))
    ]
    names = [parameter.name for parameter in tool.signature.parameters]
    return call_tests(binding, names, any_order=any_order)


def _text_of(specification: ToolSpecification, winner: Function) -> str:
    """Returns the program as the bank keeps it: with types, documentation and the imports that it needs."""
    if specification.signature is not None:
        promised = signature_node(specification.signature)
        winner = with_types(winner, promised.args, promised.returns)
    if not winner.docstring:
        winner = winner.with_docstring(" ".join(specification.description.split()))
    text = without_unused_imports(program_of(specification, winner))
    preface, definition, rest = text.partition(f"\ndef {specification.name}(")
    return f"{preface.rstrip()}\n\n{definition}{rest}"


def _known(specification: ToolSpecification, bank: ToolBank | None, box: Sandbox) -> Creation | None:
    """Returns the bank's tool of that name where it meets every example; None where there is none."""
    tool = None if bank is None else _in_service(specification.name, bank)
    if tool is None:
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


def _in_service(name: str, bank: ToolBank) -> Tool | None:
    """Returns the tool that bears a name, if calls of that name are answered; for an alias the one it was."""
    try:
        if bank.get(name).status not in SERVED:
            return None
    except ToolNotFound:
        return None
    return next(stored.tool for stored in bank.history(name) if stored.is_current)


def _outcome(suite: TestSuite, admission: Admission) -> tuple[Outcome, str]:
    if admission.refused:
        return "candidate", admission.refused
    if suite.is_provisional:
        return "provisional", suite.abstained
    if admission.is_weak:
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
            "made by": "funsearch create", "request": (*specification.requests, specification.description)[0],
            "model": model, "seed": seed, "drafts": made.spent.drafts,
            "tokens": made.spent.tokens, "seconds": round(made.spent.seconds, 1),
            "cases": len(made.suite.cases), "examples": list(specification.examples), "why": made.why,
        },
        status=made.outcome if made.outcome in ("active", "provisional") else "candidate",
    )  # fmt: skip
