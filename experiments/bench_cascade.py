"""What the cascade saves: `python -m experiments.bench_cascade FILE.jsonl`, a file as bench_tests reads.

Static gates, examples, five tests chosen by disagreement, then successive halving, against a full suite whose
answers the reference gives. An execution is one program on one test. The disagreement of one half of the pool
orders the tests, and the other half races; then the halves change places.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.batches import answers_in_batches
from evaluators.cases import Case
from evaluators.disagreement import choose
from evaluators.halving import race
from evaluators.oracle_tests import tests_by_oracle
from evaluators.precondition import Precondition
from evaluators.static_gates import why_refused
from evaluators.tool_runner import ToolRunner
from evaluators.voters import Voter, hear
from experiments.problem_file import Problem, read_problems
from programs.comparison import differ
from sandbox import Sandbox, open_sandbox

_CHOSEN = 20  # tests that disagreement orders; the others follow as they come


@dataclass(frozen=True)
class Figure:
    """What one race, or all of them, gave."""

    races: int = 0
    found: int = 0
    executions: int = 0
    full: int = 0

    def __add__(self, other: Figure) -> Figure:
        """Returns both together."""
        return Figure(
            *(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True))
        )

    def __str__(self) -> str:
        """Returns the figure in words."""
        spent = self.executions / max(1, self.full)
        found = self.found / max(1, self.races)
        return (
            f"the full suite's winner in {self.found} of {self.races} ({found:.1%}), "
            f"{self.executions:,} of {self.full:,} executions ({spent:.1%})"
        )


def main() -> None:
    """Prints a line per problem, and all together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200, help="tests of a problem")
    wanted = parser.parse_args()
    total = Figure()
    with open_sandbox("auto") as box:
        for problem in read_problems(wanted.file):
            figure = _of(problem, box, wanted.seed, wanted.count)
            total += figure
            print(f"{problem.problem_id}: {figure}", flush=True)
    print(f"all: {total}")


def _of(problem: Problem, box: Sandbox, seed: int, count: int) -> Figure:
    cases = _cases(problem, box, seed, count)
    runner = ToolRunner(box, problem.specification.name)
    voters = hear(runner, dict.fromkeys(problem.pool, 1), [case.arguments for case in cases])
    halves = voters[::2], voters[1::2]
    return sum((_race(problem, cases, *pair) for pair in (halves, halves[::-1])), Figure())


def _cases(problem: Problem, box: Sandbox, seed: int, count: int) -> Sequence[Case]:
    """Returns the full suite, which the reference answers; no program of the pool has a say in it."""
    hidden = problem.hidden
    if hidden is None:
        raise SystemExit(f"{problem.problem_id}: expected a reference in the field hidden")
    runner = ToolRunner(box, problem.specification.name)
    domain = Precondition(box, problem.parameters, hidden.contract)
    return tests_by_oracle(
        problem.specification,
        lambda inputs: answers_in_batches(runner, hidden.reference, inputs),
        domain,
        seed,
        count,
    ).cases


def _race(
    problem: Problem, cases: Sequence[Case], choosers: Sequence[Voter], racers: Sequence[Voter]
) -> Figure:
    passed = [list(_passed(racer, cases)) for racer in racers]
    let_in = [n for n, racer in enumerate(racers) if why_refused(racer.source, problem.specification) is None]
    programs = let_in or list(range(len(racers)))
    examples = [n for n, case in enumerate(cases) if case.source == "example"]
    others = [n for n, case in enumerate(cases) if case.source != "example"]
    chosen = [others[n] for n in choose([[voter.keys[n] for n in others] for voter in choosers], _CHOSEN)]
    tests = [*chosen, *(n for n in others if n not in chosen)]
    result = race(programs, examples, tests, lambda program, test: passed[program][test])
    best = max(sum(passed[program]) for program in programs)
    return Figure(1, int(sum(passed[result.winner]) == best), result.executions, len(racers) * len(cases))


def _passed(voter: Voter, cases: Sequence[Case]) -> Iterator[bool]:
    for answer, case in zip(voter.answers, cases, strict=True):
        yield answer.is_value and not differ(case.expected, answer.value)


if __name__ == "__main__":
    main()
