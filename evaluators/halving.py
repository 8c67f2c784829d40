"""Finds the best of many programs on few of the tests: the worse half leaves, the others meet twice as many.

Successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
optimization", AISTATS 2016), after the gates that cost less: the examples, then the few most telling tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

FAST_TESTS = 5
_STEP = 15  # tests of the first round
_OF_EQUALS = 8  # of programs that no test has told apart, one in so many goes on

Passes = Callable[[int, int], bool]  # whether a program passes a test, by their numbers


@dataclass(frozen=True)
class Race:
    """Who won, and what it cost.

    Attributes:
        winner: The program's number.
        executions: Of one program on one test each.
    """

    winner: int
    executions: int


def race(programs: Sequence[int], examples: Sequence[int], tests: Sequence[int], passes: Passes) -> Race:
    """Returns the best program, as far as few tests tell; of equal ones the first.

    Args:
        programs: Numbers of those that the static gates let through; one at least.
        examples: Numbers of the tests that the user gave: they gate. Where nobody passes all, those that pass
            most go on.
        tests: Numbers of the others, the most telling first.
        passes: Judges; each call is an execution.
    """
    if not programs:
        raise ValueError("programs: expected one at least, found none")
    runners = _Runners(programs, passes)
    runners.meet(examples)
    runners.keep_the_faultless()
    runners.meet(tests[:FAST_TESTS])
    runners.keep_the_faultless()
    asked, step = FAST_TESTS, _STEP
    while len(runners.left) > 1 and asked < len(tests):
        runners.meet(tests[asked : asked + step])
        runners.halve()
        asked, step = asked + step, 2 * step
    return Race(runners.left[0], runners.executions)


class _Runners:
    """The programs that are still in the race, the best first."""

    def __init__(self, programs: Sequence[int], passes: Passes) -> None:
        self.left = list(programs)
        self.executions = 0
        self._asked = 0
        self._passes = passes
        self._met = dict.fromkeys(programs, 0)

    def meet(self, tests: Sequence[int]) -> None:
        """Runs those that are left on tests."""
        for program in self.left:
            self._met[program] += sum(self._passes(program, test) for test in tests)
        self._asked += len(tests)
        self.executions += len(self.left) * len(tests)
        self.left.sort(key=lambda program: -self._met[program])

    def keep_the_faultless(self) -> None:
        """Lets those leave that have failed; where all have, all stay: the fast tests are the hard ones."""
        self.left = [program for program in self.left if self._met[program] == self._asked] or self.left

    def halve(self) -> None:
        """Lets the worse half leave; where all of the better half are equal, most of the equal as well."""
        equal = sum(self._met[program] == self._met[self.left[0]] for program in self.left)
        half = -(-len(self.left) // 2)
        self.left = self.left[: half if equal < half else -(-equal // _OF_EQUALS)]
