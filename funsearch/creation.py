"""A tool from a sentence: drafts, generated tests, evolution where drafts do not do, admission to the bank.

specification -> drafts of a model -> tests by consensus -> (mended drafts, evolution) -> admission -> bank
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from evaluators.admission import WANTED_STRENGTH, Admission, admit
from evaluators.cases import Case, TestSuite, with_hidden_half
from evaluators.evaluation import Evaluation
from evaluators.precondition import Precondition
from evaluators.ranking import rank
from evaluators.static_gates import why_refused
from evaluators.test_generation import generate_tests
from evaluators.tool_evaluator import ToolEvaluator
from funsearch.config import Budget
from funsearch.drafts import Drafter
from funsearch.exceptions import CreationError
from funsearch.tool_task import program_of, stub, write_folder
from language_models import ChatBackend
from programs import Function, ToolSpecification
from programs.enclosing import without_unused_imports
from sandbox import Sandbox
from tool_bank import Tool, ToolBank

DRAFTS_PER_ROUND = 4
LEAST_EVOLUTION_SECONDS = 20.0  # Ray takes half of that to start
ENOUGH_DRAFTS = 12  # after so many, the best there is is taken, on trial
MENDED_PER_ROUND = 2

Outcome = Literal["active", "provisional", "candidate", "known"]
Teller = Callable[[str], None]


@dataclass(frozen=True)
class Spending:
    """What a creation may use, and what it used.

    Attributes:
        seconds: Wall time.
        drafts: Programs asked of the model.
        tokens: Tokens read and written.
    """

    seconds: float
    drafts: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class Plan:
    """How a tool is made.

    Attributes:
        seed: The one seed of every random choice.
        minutes: Wall time to spend.
        directory: Where the tool in the making is kept, so that `funsearch evolve` can go on from it.
        tell: Told what happens, in words.
    """

    seed: int = 0
    minutes: float = 10.0
    directory: Path | None = None
    tell: Teller = lambda line: None


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


@dataclass
class _Pool:
    """The programs so far, with what they score on the examples."""

    programs: list[tuple[Function, Evaluation]] = field(default_factory=list)

    def add(self, function: Function, evaluation: Evaluation) -> None:
        self.programs.append((function, evaluation))

    @property
    def right(self) -> list[Function]:
        """Those that meet every example."""
        return [function for function, evaluation in self.programs if (evaluation.score or 0.0) >= 1.0]

    @property
    def best(self) -> tuple[Function, Evaluation] | None:
        """The one that meets most examples, the shortest of equals."""
        valid = [entry for entry in self.programs if entry[1].score is not None]
        return max(valid, key=lambda e: (e[1].score or 0.0, -len(e[0].source)), default=None)


class Creator:
    """Makes one tool.

    Args:
        specification: What it must do; with a signature.
        backend: The chat model that writes drafts.
        box: Where programs run.
        plan: Seed and budget.
    """

    def __init__(
        self, specification: ToolSpecification, backend: ChatBackend, box: Sandbox, plan: Plan
    ) -> None:
        self._specification = specification
        self._drafter = Drafter(backend, specification, plan.seed)
        self._box = box
        self._seed = plan.seed
        self._tell = plan.tell
        self._started = time.monotonic()
        self._seconds = 60 * plan.minutes
        self._pool = _Pool()
        self._drafts = 0
        self._directory = plan.directory
        self.suite = TestSuite(_examples(specification))
        self._check_examples()

    def run(self) -> tuple[Function, Admission]:
        """Returns the best program, and what it shows; `suite` then holds the test cases."""
        while not self._has_enough():
            self._draft()
            self._judge()
        can_evolve = bool(self._specification.examples) and self._seconds_left() > LEAST_EVOLUTION_SECONDS
        if can_evolve and not self._pool.right:
            self._evolve()
            self._judge()
        winner = self._winner()
        return winner, admit(
            program_of(self._specification, winner), self._specification, self.suite, self._box, self._seed
        )

    @property
    def spent(self) -> Spending:
        """What was used so far."""
        usage = self._drafter.usage
        return Spending(
            time.monotonic() - self._started, self._drafts, usage.prompt_tokens + usage.completion_tokens
        )

    def write(self, directory: Path, winner: Function) -> None:
        """Stores the tool in the making, so that evolution can go on from it."""
        write_folder(directory, self._specification, self.suite, winner)

    def _has_enough(self) -> bool:
        """Returns whether drafting should end: by agreement, for want of time, or of any prospect."""
        return self._is_agreed or self._seconds_left() <= 0 or self._drafts >= ENOUGH_DRAFTS

    @property
    def _is_agreed(self) -> bool:
        has_tests = len(self.suite.cases) > len(self._specification.examples)
        return bool(self._pool.right) and has_tests and not self.suite.is_provisional

    def _seconds_left(self) -> float:
        return self._started + self._seconds - time.monotonic()

    def _draft(self) -> None:
        """Asks for programs; once some have failed and none is right, for mended ones as well."""
        best = self._pool.best
        drafts = []
        if best is not None and not self._pool.right:
            drafts += self._drafter.mend(*_with_feedback(best), MENDED_PER_ROUND)
        drafts += self._drafter.draft(DRAFTS_PER_ROUND)
        self._drafts += len(drafts)
        for draft in drafts:
            if draft.function is not None:
                program = program_of(self._specification, draft.function)
                self._pool.add(draft.function, self._on_examples(program))
        self._tell(f"{self._drafts} drafts, {len(self._pool.right)} meet every example")

    def _on_examples(self, program: str) -> Evaluation:
        """Returns what a program scores on the examples; without any, 1 where nothing speaks against it."""
        suite = TestSuite(_examples(self._specification))
        if suite.cases:
            return ToolEvaluator(self._box, self._specification, suite).evaluate(program)
        refused = why_refused(program, self._specification)
        return Evaluation(1.0) if refused is None else Evaluation.invalid(refused)

    def _evolve(self) -> None:
        """Lets the population loop go on from the best draft: mutation, and the model where it samples."""
        from funsearch import launch

        best = self._pool.best
        with self._folder() as folder:
            self.write(folder / "task", stub(self._specification) if best is None else best[0])
            budget = Budget(minutes=self._seconds_left() / 60, target_score=1.0)
            self._tell(f"no draft is right: evolving for up to {budget.minutes:.1f} minutes")
            run = launch.evolve(
                str(folder / "task"), budget=budget, seed=self._seed, directory=folder / "run", bank=None,
                sandbox=self._box.backend,
            )  # fmt: skip
        grown = Function(self._specification.name, run.best.function)
        self._pool.add(grown, self._on_examples(program_of(self._specification, grown)))
        self._tell(f"evolution: {run.progress.evaluations} programs, best {run.task.show(run.best.score)}")

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Gives the directory of the plan, or one for the moment."""
        if self._directory is not None:
            yield self._directory
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    def _judge(self) -> None:
        """Generates tests from the programs that meet the examples."""
        right = self._pool.right
        if not right:
            return
        programs = [program_of(self._specification, function) for function in right]
        self.suite = generate_tests(self._specification, programs, self._seed, box=self._box)
        found = f"{len(self.suite.cases)} test cases"
        self._tell(f"no consensus: {self.suite.abstained}" if self.suite.is_provisional else found)

    def _winner(self) -> Function:
        """Returns the program that passes most visible cases, then the one that the others agree with."""
        right = self._pool.right
        if not right:
            best = self._pool.best
            return stub(self._specification) if best is None else best[0]
        programs = [program_of(self._specification, function) for function in right]
        texts = dict(zip(programs, right, strict=True))
        ranked = [entry.source for entry in rank(self._specification, programs, self._seed, box=self._box)]
        if not self.suite.visible.cases:
            return texts[ranked[0]]
        evaluator = ToolEvaluator(self._box, self._specification, self.suite.visible)
        scores = {text: evaluator.evaluate(text).score or 0.0 for text in ranked}
        return texts[max(ranked, key=lambda text: (scores[text], -ranked.index(text)))]

    def _check_examples(self) -> None:
        wanted = self._specification
        if wanted.precondition is None or wanted.parsed_signature is None:
            return
        names = [parameter.name for parameter in wanted.parsed_signature.parameters]
        precondition = Precondition(self._box, names, wanted.precondition)
        holds = precondition.holds([example.arguments for example in wanted.parsed_examples])
        for example, fits in zip(wanted.parsed_examples, holds, strict=True):
            if not fits:
                raise CreationError(
                    f"example {example.text!r}: outside the precondition {wanted.precondition!r}"
                )


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
    suite = TestSuite(_examples(specification))
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
    scores = (
        {}
        if admission is None
        else {
            "visible": admission.visible,
            **({} if admission.hidden is None else {"hidden": admission.hidden}),
            **({} if admission.strength is None else {"strength": admission.strength}),
        }
    )
    return Tool(
        name=specification.name,
        description=specification.description,
        source=made.source,
        function=specification.name,
        example_queries=specification.requests,
        scores=scores,
        sandbox=sandbox,
        packages=(),
        provenance={
            "made by": "funsearch create", "model": model, "seed": seed, "drafts": made.spent.drafts,
            "tokens": made.spent.tokens, "seconds": round(made.spent.seconds, 1),
            "cases": len(made.suite.cases), "examples": list(specification.examples), "why": made.why,
        },
        status="candidate" if made.outcome == "known" else made.outcome,
    )  # fmt: skip


def _examples(specification: ToolSpecification) -> tuple[Case, ...]:
    return with_hidden_half(
        Case(example.arguments, example.expected, "example", "examples")
        for example in specification.parsed_examples
    )


def _with_feedback(entry: tuple[Function, Evaluation]) -> tuple[Function, str]:
    return entry[0], entry[1].feedback
