"""Grows one tool: drafts, tests that they agree on, mended drafts, evolution where none is right."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.admission import Admission, admit
from evaluators.cases import Case, TestSuite, with_hidden_half
from evaluators.evaluation import Evaluation
from evaluators.precondition import Precondition
from evaluators.ranking import rank
from evaluators.static_gates import why_refused
from evaluators.test_generation import generate_tests
from evaluators.tool_evaluator import ToolEvaluator
from funsearch.config import Budget
from funsearch.drafts import Draft, Drafter
from funsearch.exceptions import CreationError
from funsearch.progress import Progress, SilentObserver
from funsearch.pruning import pruned
from funsearch.tool_task import program_of, stub, write_folder
from language_models import ChatBackend
from programs import Function, ToolSpecification
from sandbox import Sandbox

DRAFTS_PER_ROUND = 4
# Of a small model's drafts one in two is right, and of four for one tool nearly always one; but it takes more
# of them until two different programs say the same. A fast endpoint alone writes as many in ten minutes.
MOST_DRAFTS = 96
LEAST_ROUNDS = 3  # of drafts: those of one round are asked for in one style, and may agree for that alone
DRAFTING_SHARE = 0.5  # of the time, where evolution may follow: no draft meets the examples
LONGEST_DRAFTING = 0.9  # of the time, where some draft does, and nobody agrees
MENDED_PER_ROUND = 2
LEAST_EVOLUTION_SECONDS = 20.0  # Ray takes half of that to start

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
        check: Called often while a tool is made; what it raises ends the work.
        samplers: Of evolution; None takes the default ones.
    """

    seed: int = 0
    minutes: float = 10.0
    directory: Path | None = None
    tell: Teller = lambda line: None
    check: Callable[[], None] = lambda: None
    samplers: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _Watch(SilentObserver):
    """Lets the plan's check end a run."""

    check: Callable[[], None]

    def on_progress(self, progress: Progress) -> None:
        self.check()


@dataclass
class _Pool:
    """The programs so far, with what they score on the examples."""

    programs: list[tuple[Function, Evaluation]] = field(default_factory=list)
    _mended: Counter[str] = field(default_factory=Counter)  # how often, by the program's text

    def add(self, function: Function, evaluation: Evaluation) -> None:
        self.programs.append((function, evaluation))

    @property
    def right(self) -> list[Function]:
        """Those that meet every example."""
        return [function for function, evaluation in self.programs if (evaluation.score or 0.0) >= 1.0]

    @property
    def best(self) -> tuple[Function, Evaluation] | None:
        """The one that meets most examples, the shortest of equals."""
        return max(self._valid, key=lambda e: (e[1].score or 0.0, -len(e[0].source)), default=None)

    @property
    def valid(self) -> list[Function]:
        """Those that could be run."""
        return [function for function, _ in self._valid]

    def next_to_mend(self) -> tuple[Function, Evaluation] | None:
        """Returns a program that fails fewest of the examples, another one each time."""
        failing = [entry for entry in self._valid if entry[1].score != 1.0]
        best = max((evaluation.score or 0.0 for _, evaluation in failing), default=0.0)
        nearest = [entry for entry in failing if entry[1].score == best]
        if not nearest:
            return None
        chosen = min(nearest, key=lambda e: (self._mended[e[0].source], len(e[0].source)))
        self._mended[chosen[0].source] += 1
        return chosen

    @property
    def _valid(self) -> list[tuple[Function, Evaluation]]:
        return [entry for entry in self.programs if entry[1].score is not None]


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
        self._plan = plan
        self._started = time.monotonic()
        self._seconds = 60 * plan.minutes
        self._pool = _Pool()
        self._drafts = 0
        self._rounds = 0
        self.suite = TestSuite(example_cases(specification))
        self._check_examples()

    def run(self) -> tuple[Function, Admission]:
        """Returns the best program, and what it shows; `suite` then holds the test cases."""
        while not self._has_enough():
            self._draft()
            if self._rounds >= LEAST_ROUNDS:
                self._judge()
        if self._rounds < LEAST_ROUNDS:  # there was no time for more
            self._judge()
        can_evolve = bool(self._specification.examples) and self._seconds_left() > LEAST_EVOLUTION_SECONDS
        if can_evolve and not self._pool.right:
            self._evolve()
            self._judge()
        winner = self._winner()
        admission = self._admit(winner)
        if admission.is_weak and not self.suite.is_provisional and self._seconds_left() > 0:
            self._plan.tell(f"the tests notice {admission.strength:.0%} of the tool's mutants: making more")
            self.suite = self.suite.with_more(self._tests(self._plan.seed + 1))
            admission = self._admit(winner)
        return winner, admission

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
        share = LONGEST_DRAFTING if self._pool.right else DRAFTING_SHARE
        is_late = self._seconds_left() <= (1 - share) * self._seconds
        return self._is_agreed or is_late or self._drafts >= MOST_DRAFTS

    @property
    def _is_agreed(self) -> bool:
        has_tests = len(self.suite.cases) > len(self._specification.examples)
        return bool(self._pool.right) and has_tests and not self.suite.is_provisional

    def _seconds_left(self) -> float:
        return self._started + self._seconds - time.monotonic()

    def _draft(self) -> None:
        """Asks for programs; for mended ones as well where none is right, or those that are do not agree."""
        self._plan.check()
        drafts = []
        if not self._pool.right or self._rounds >= LEAST_ROUNDS:
            failed = self._pool.next_to_mend()
            if failed is not None:
                drafts += self._drafter.mend(failed[0], failed[1].feedback, MENDED_PER_ROUND)
        drafts += self._drafter.draft(DRAFTS_PER_ROUND)
        self._drafts += len(drafts)
        self._rounds += 1
        for draft in drafts:
            self._take(draft)
        self._plan.tell(f"{self._drafts} drafts, {len(self._pool.right)} meet every example")

    def _take(self, draft: Draft) -> None:
        """Takes what a draft holds into the pool; the record of its exchange is told what it scores."""
        if draft.function is None:
            draft.judged(None)
            return
        evaluation = self._on_examples(program_of(self._specification, draft.function))
        self._pool.add(draft.function, evaluation)
        draft.judged(evaluation.score)

    def _is_right(self, function: Function) -> bool:
        self._plan.check()
        return self._on_examples(program_of(self._specification, function)).score == 1.0

    def _on_examples(self, program: str) -> Evaluation:
        """Returns what a program scores on the examples; without any, 1 where nothing speaks against it."""
        suite = TestSuite(example_cases(self._specification))
        if suite.cases:
            return ToolEvaluator(self._box, self._specification, suite).evaluate(program)
        refused = why_refused(program, self._specification)
        return Evaluation(1.0) if refused is None else Evaluation.invalid(refused)

    def _evolve(self) -> None:
        """Lets the population loop go on from the best draft: mutation, and the model where it samples."""
        from funsearch import launch

        best, chosen = self._pool.best, self._plan.samplers
        settings = {} if chosen is None else {"samplers": chosen}
        with self._folder() as folder:
            self.write(folder / "task", stub(self._specification) if best is None else best[0])
            budget = Budget(minutes=self._seconds_left() / 60, target_score=1.0)
            self._plan.tell(f"no draft is right: evolving for up to {budget.minutes:.1f} minutes")
            run = launch.evolve(
                str(folder / "task"), budget=budget, seed=self._plan.seed, directory=folder / "run",
                bank=None, sandbox=self._box.backend, observer=_Watch(self._plan.check), **settings,
            )  # fmt: skip
        grown = Function(self._specification.name, run.best.function)
        if best is None and self._is_right(grown):  # a draft's parts that no example asks about have a sense
            grown = pruned(grown, self._is_right)
        self._pool.add(grown, self._on_examples(program_of(self._specification, grown)))
        self._plan.tell(
            f"evolution: {run.progress.evaluations} programs, best {run.task.show(run.best.score)}"
        )

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Gives the directory of the plan, or one for the moment."""
        if self._plan.directory is not None:
            yield self._plan.directory
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    def _judge(self) -> None:
        """Generates tests from what the programs that meet the examples answer."""
        right = self._pool.right
        if not right:
            return
        self.suite = self._tests(self._plan.seed)
        found = f"{len(self.suite.cases)} test cases"
        self._plan.tell(f"no consensus: {self.suite.abstained}" if self.suite.is_provisional else found)

    def _tests(self, seed: int) -> TestSuite:
        # Those that fail examples are heard too: they have no vote, and raise doubts.
        programs = [program_of(self._specification, function) for function in self._pool.valid]
        return generate_tests(self._specification, programs, seed, box=self._box)

    def _admit(self, winner: Function) -> Admission:
        source = program_of(self._specification, winner)
        return admit(source, self._specification, self.suite, self._box, self._plan.seed)

    def _winner(self) -> Function:
        """Returns the program that passes most visible cases, then the one that the others agree with."""
        right = self._pool.right
        if not right:
            best = self._pool.best
            return stub(self._specification) if best is None else best[0]
        texts = {program_of(self._specification, function): function for function in right}
        programs = [program_of(self._specification, function) for function in self._pool.valid]
        programs.sort(key=lambda text: text not in texts)  # of equal programs the first stands for all
        everybody = rank(self._specification, programs, self._plan.seed, box=self._box)
        ranked = [entry.source for entry in everybody if entry.source in texts]
        if not self.suite.visible.cases:
            return texts[ranked[0]]
        evaluator = ToolEvaluator(self._box, self._specification, self.suite.visible)
        scores = {text: evaluator.evaluate(text).score or 0.0 for text in ranked}
        return texts[max(ranked, key=lambda text: (scores[text], -ranked.index(text)))]

    def _check_examples(self) -> None:
        wanted = self._specification
        precondition = Precondition.of(wanted, self._box)
        holds = precondition.holds([example.arguments for example in wanted.parsed_examples])
        for example, fits in zip(wanted.parsed_examples, holds, strict=True):
            if not fits:
                raise CreationError(
                    f"example {example.text!r}: outside the precondition {wanted.precondition!r}"
                )


def example_cases(specification: ToolSpecification) -> tuple[Case, ...]:
    """Returns the user's examples as test cases."""
    return with_hidden_half(
        Case(example.arguments, example.expected, "example", "examples")
        for example in specification.parsed_examples
    )
