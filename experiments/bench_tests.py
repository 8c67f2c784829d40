"""Generates tests and says how good they are: `python -m experiments.bench_tests FILE.jsonl --mode oracle`.

Mode "oracle" hands the reference and the contract to the generator as black boxes over inputs; mode
"consensus" hands it nothing but words, examples and the pool of unlabelled programs. The file of suites gets
per problem its tests, as texts of literals, and no line where the generator abstained. Where the problems
have labels, the figures are printed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.cases import TestSuite
from evaluators.consensus import STRICT, Demands
from evaluators.literals import literal
from evaluators.oracle_tests import ProgramPool, tests_by_oracle
from evaluators.ranking import rank
from evaluators.test_generation import SuiteGenerator
from experiments.counting_sandbox import CountingSandbox
from experiments.problem_file import Problem, read_problems
from experiments.ranking_score import RankingScore, score_ranking
from experiments.reference_oracle import ReferenceOracle
from experiments.suite_scoring import SuiteScore, score_suite
from sandbox import Sandbox, open_sandbox


@dataclass
class Tally:
    """What was found so far.

    Attributes:
        score: Of all suites together.
        accepted: How many problems got a suite.
        contradicting: Problems with a test that the reference fails.
        rankings: Of the problems' pools; those where no program is right are left out.
        seconds: Taken to generate, not to score.
        executions: One program on one input, to generate.
    """

    score: SuiteScore = field(default_factory=SuiteScore)
    accepted: int = 0
    contradicting: list[str] = field(default_factory=list)
    rankings: list[RankingScore] = field(default_factory=list)
    seconds: float = 0.0
    executions: int = 0

    def lines(self, problems: int) -> list[str]:
        """Returns the figures in words."""
        aucs = [ranking.auc for ranking in self.rankings if ranking.auc is not None]
        tops = [ranking.is_top_right for ranking in self.rankings]
        return [
            f"suites for {self.accepted} of {problems} problems",
            str(self.score),
            f"contradicting the reference: {', '.join(self.contradicting) or 'none'}",
            *([f"ranking: top program right in {sum(tops)} of {len(tops)}"] if tops else []),
            *([f"ranking: AUC {sum(aucs) / len(aucs):.3f} over {len(aucs)} problems"] if aucs else []),
            f"generated in {self.seconds:.0f} s, {self.executions:,} executions",
        ]


class Bench:
    """Generates and scores.

    Args:
        box: Where everything runs.
        wanted: The command line.
    """

    def __init__(self, box: Sandbox, wanted: argparse.Namespace) -> None:
        self._box = CountingSandbox(box)
        self._wanted = wanted
        self._generator = SuiteGenerator(self._box, wanted.count, STRICT if wanted.strict else Demands())
        self.tally = Tally()

    def suite(self, problem: Problem) -> TestSuite:
        """Returns the tests of a problem; none where the generator abstained."""
        began, before = time.monotonic(), self._box.executions
        by_oracle = self._wanted.mode == "oracle"
        suite = self._by_oracle(problem) if by_oracle else self._by_consensus(problem)
        self.tally.seconds += time.monotonic() - began
        self.tally.executions += self._box.executions - before
        self.tally.accepted += bool(suite.cases)
        return suite

    def score(self, problem: Problem, suite: TestSuite) -> str:
        """Returns what a suite does, in words, and adds it to the tally."""
        if problem.hidden is None:
            return "no labels"
        words = f"{len(suite.cases)} tests"
        if suite.cases:
            score, missed = score_suite(problem, suite, self._box)
            self.tally.score += score
            words += f", {score}" + "".join(f"\n{source}" for source in missed if self._wanted.missed)
            words += self._contradictions(problem, suite)
        if self._wanted.mode == "consensus":
            words += self._ranking(problem)
        return words

    def _by_oracle(self, problem: Problem) -> TestSuite:
        oracle = ReferenceOracle(problem, self._box)
        pool = ProgramPool(self._box, problem.pool)
        seed, count = self._wanted.seed, self._wanted.count
        return tests_by_oracle(problem.specification, oracle.answers, oracle.domain, seed, count, pool)

    def _by_consensus(self, problem: Problem) -> TestSuite:
        suite = self._generator.generate(problem.specification, problem.samples, self._wanted.seed)
        return TestSuite() if suite.abstained else suite

    def _contradictions(self, problem: Problem, suite: TestSuite) -> str:
        inputs, expected = [c.arguments for c in suite.cases], [c.expected for c in suite.cases]
        found = ReferenceOracle(problem, self._box).contradictions(inputs, expected)
        self.tally.contradicting += [problem.problem_id] if found else []
        return f", contradicts the reference {found} times" if found else ""

    def _ranking(self, problem: Problem) -> str:
        right = ReferenceOracle(problem, self._box).right_programs()
        ranked = rank(problem.specification, problem.samples, self._wanted.seed, box=self._box)
        if not right:
            return ", no right program"
        score = score_ranking([entry.score for entry in ranked], [entry.source in right for entry in ranked])
        self.tally.rankings.append(score)
        return f", top program {'right' if score.is_top_right else 'WRONG'}, AUC {score.auc}"


def main() -> None:
    """Generates, writes and scores."""
    wanted = _arguments()
    if not wanted.file.is_file():
        raise SystemExit(f"{wanted.file}: expected a file of problems, found none")
    problems = [
        problem
        for problem in itertools.islice(read_problems(wanted.file), wanted.limit)
        if not wanted.only or problem.problem_id in wanted.only
    ]
    with open_sandbox("auto") as box, wanted.suites.open("w", encoding="utf-8") as out:
        bench = Bench(box, wanted)
        for problem in problems:
            suite = bench.suite(problem)
            if suite.cases:
                out.write(_line(problem, suite))
            print(f"{problem.problem_id}: {bench.score(problem, suite)}", flush=True)
    print("\n".join(bench.tally.lines(len(problems))))


def _line(problem: Problem, suite: TestSuite) -> str:
    tests: Sequence[Sequence[str]] = [
        [literal(list(case.arguments)), literal(case.expected)] for case in suite.cases
    ]
    return json.dumps({"problem_id": problem.problem_id, "tests": tests}) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--mode", choices=["oracle", "consensus"], required=True)
    parser.add_argument("--suites", type=Path, required=True, metavar="OUT.jsonl")
    parser.add_argument("--limit", type=int, help="problems at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200, help="tests of a problem")
    parser.add_argument("--strict", action="store_true", help="consensus of five programs, not two")
    parser.add_argument("--only", nargs="*", default=(), metavar="ID", help="these problems alone")
    parser.add_argument("--missed", action="store_true", help="print the mutants that survive")
    return parser.parse_args()


if __name__ == "__main__":
    main()
