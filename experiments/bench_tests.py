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
from pathlib import Path
from typing import TextIO

from evaluators.batches import answers_in_batches
from evaluators.cases import TestSuite
from evaluators.input_generation import Input
from evaluators.literals import literal
from evaluators.oracle_tests import ProgramPool, tests_by_oracle
from evaluators.precondition import Precondition
from evaluators.tool_runner import Answer, ToolRunner
from experiments.problem_file import Problem, read_problems
from experiments.suite_scoring import SuiteScore, score_suite
from sandbox import Sandbox, open_sandbox


def main() -> None:
    """Generates, writes and scores."""
    wanted = _arguments()
    problems = list(itertools.islice(read_problems(wanted.file), wanted.limit))
    if wanted.only:
        problems = [problem for problem in problems if problem.problem_id in wanted.only]
    with open_sandbox("auto") as box, wanted.suites.open("w", encoding="utf-8") as out:
        oracle_bench(problems, box, wanted, out)


def oracle_bench(problems: Sequence[Problem], box: Sandbox, wanted: argparse.Namespace, out: TextIO) -> None:
    """Prints how good the tests are whose answers the references give."""
    total = SuiteScore()
    start = time.monotonic()
    for problem in problems:
        began = time.monotonic()
        suite = _by_oracle(problem, box, wanted.seed, wanted.count)
        took = time.monotonic() - began
        _write(problem, suite, out)
        score, missed = score_suite(problem, suite, box)
        total += score
        print(f"{problem.problem_id}: {len(suite.cases)} tests in {took:.1f} s, {score}", flush=True)
        if wanted.missed:
            print("\n".join(missed))
    print(f"all: {total}, {time.monotonic() - start:.0f} s")


def _by_oracle(problem: Problem, box: Sandbox, seed: int, count: int) -> TestSuite:
    hidden = problem.hidden
    if hidden is None:
        raise SystemExit(f"{problem.problem_id}: mode oracle needs the reference in the field hidden")
    runner = ToolRunner(box, problem.specification.name, call_seconds=0.1)

    def oracle(inputs: Sequence[Input]) -> list[Answer]:
        return answers_in_batches(runner, hidden.reference, inputs)

    domain = Precondition(box, problem.parameters, hidden.contract)
    pool = ProgramPool(box, problem.pool)
    return tests_by_oracle(problem.specification, oracle, domain, seed, count, pool)


def _write(problem: Problem, suite: TestSuite, out: TextIO) -> None:
    if suite.cases:
        tests = [[literal(list(case.arguments)), literal(case.expected)] for case in suite.cases]
        out.write(json.dumps({"problem_id": problem.problem_id, "tests": tests}) + "\n")


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
    parser.add_argument("--only", nargs="*", default=(), metavar="ID", help="these problems alone")
    parser.add_argument("--missed", action="store_true", help="print the mutants that survive")
    return parser.parse_args()


if __name__ == "__main__":
    main()
