"""Tests of a tool without a reference: what the programs that pass the user's examples agree on.

The user's examples gate the voters and mark out the inputs; the largest group with the same answers decides,
or nobody does. Where anything is in doubt there is no test: a wrong test costs more than a missing one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

from evaluators.cases import Case, TestSuite, is_hidden, with_hidden_half
from evaluators.consensus import Consensus, Demands, agreement, doubted, find_consensus
from evaluators.disagreement import choose
from evaluators.example_gate import gate
from evaluators.input_generation import family_of
from evaluators.literals import has_short_literal
from evaluators.proposed_tests import confirmed
from evaluators.questions import Arguments, Proposed, Questions, ask
from evaluators.relations import Known, related_cases
from evaluators.settled_inputs import settled
from evaluators.static_gates import why_refused
from evaluators.tool_runner import ToolRunner
from evaluators.voters import Voter, distinct, hear
from programs import ToolSpecification
from sandbox import Sandbox, open_sandbox

_SPARE = 3  # times as many inputs are made as tests are wanted: many are unlike the examples
_LONGEST_ANSWER = 5_000  # characters of its literal
_MOST_CHOSEN = 20
_RELATED_PART = 10  # one test in so many may come from a relation
# Where fewer programs agree, more programs that fail the examples may outvote them; inputs that are only
# nearly like the examples make tests only where so many voted, and all for the same.
_MANY_PROGRAMS = 5


def generate_tests(
    specification: ToolSpecification,
    candidates: Sequence[str],
    seed: int = 0,
    *,
    box: Sandbox | None = None,
    count: int = 200,
    proposed: Sequence[Proposed] = (),
) -> TestSuite:
    """Returns a suite of at most `count` cases, as `SuiteGenerator.generate` does; None opens a sandbox."""
    with open_sandbox("auto") if box is None else nullcontext(box) as opened:
        return SuiteGenerator(opened, count).generate(specification, candidates, seed, proposed)


class SuiteGenerator:
    """Makes test suites.

    Args:
        box: Where programs run.
        count: Of the cases at most.
        demands: What a consensus must have; `consensus.STRICT` asks for five different programs.
    """

    def __init__(self, box: Sandbox, count: int = 200, demands: Demands | None = None) -> None:
        self._box = box
        self._count = count
        self._demands = demands or Demands()

    def generate(
        self,
        specification: ToolSpecification,
        candidates: Sequence[str],
        seed: int = 0,
        proposed: Sequence[Proposed] = (),
    ) -> TestSuite:
        """Returns the suite; without a consensus, the examples and what of the proposed tests is confirmed.

        Args:
            specification: The tool, with a signature.
            candidates: Programs that define it; one given several times has more weight. Variants of one
                program must not be among them: they would agree by birth.
            seed: Of the inputs.
            proposed: Arguments and expected value of tests that a model has written.
        """
        if not specification.examples:
            return TestSuite(abstained="no example is given, so nothing vets the programs that vote")
        questions = ask(self._box, specification, seed, _SPARE * self._count, proposed)
        runner = ToolRunner(self._box, specification.name)
        programs = _unrefused(distinct(candidates), specification)
        voters = hear(runner, programs, questions.inputs, any_order=specification.any_order)
        gated = gate(specification, voters, questions.examples)
        questions = questions.with_alike(settled(specification, questions, gated.passed, self._demands))
        consensus = find_consensus(gated.passed, questions.compared, self._demands)
        consensus = doubted(consensus, voters, questions.compared)
        cases = confirmed(questions.proposed, gated.passed, self._demands, any_order=specification.any_order)
        if not consensus.abstained:
            agreed = list(_agreed(questions, voters, gated.passed, consensus))
            related = _related(runner, specification, questions, consensus, agreed)
            telling = _most_telling_first(agreed, voters)
            cases = [
                *telling[:_MOST_CHOSEN],
                *related[: self._count // _RELATED_PART],
                *cases,
                *telling[_MOST_CHOSEN:],
            ]
        return TestSuite(
            _without_repetition([*_examples(specification), *cases])[: self._count],
            abstained=consensus.abstained,
            contested=gated.contested,
            refused=questions.refused,
        )


def _unrefused(programs: dict[str, int], specification: ToolSpecification) -> dict[str, int]:
    return {
        source: weight for source, weight in programs.items() if why_refused(source, specification) is None
    }


def _examples(specification: ToolSpecification) -> Iterator[Case]:
    for example in specification.parsed_examples:
        yield Case(example.arguments, example.expected, "example", "examples")


def _agreed(
    questions: Questions, voters: Sequence[Voter], gated: Sequence[Voter], consensus: Consensus
) -> Iterator[tuple[int, Case]]:
    """Yields the tests that follow from the consensus, with the places of their inputs."""
    leader = consensus.members[0]
    are_many = len(consensus.members) >= _MANY_PROGRAMS
    for place in (*questions.alike, *(questions.near if len(gated) >= _MANY_PROGRAMS else ())):
        share = agreement(gated, place, leader)
        is_sure = share == 1.0 or place in questions.alike
        is_same = all(member.keys[place] == leader.keys[place] for member in consensus.members)
        is_doubted = leader.fails(place) or not (are_many or _is_commonest(leader, place, voters))
        if (
            is_sure
            and is_same
            and not is_doubted
            and has_short_literal(leader.answers[place].value, _LONGEST_ANSWER)
        ):
            yield place, _case(questions.inputs[place], gated, leader, place, share)


def _is_commonest(leader: Voter, place: int, voters: Sequence[Voter]) -> bool:
    """Returns whether no other answer is given by more programs, those that fail the examples among them."""
    counts = Counter(voter.keys[place] for voter in voters if not voter.fails(place))
    return counts[leader.keys[place]] == max(counts.values())


def _case(arguments: Arguments, gated: Sequence[Voter], leader: Voter, place: int, share: float) -> Case:
    voters = sum(voter.keys[place] == leader.keys[place] for voter in gated)
    expected = leader.answers[place].value
    return Case(arguments, expected, "consensus", family_of(arguments), quorum=share, voters=voters)


def _related(
    runner: ToolRunner,
    specification: ToolSpecification,
    questions: Questions,
    consensus: Consensus,
    agreed: Sequence[tuple[int, Case]],
) -> list[Case]:
    known = [Known(case.arguments, case.expected) for _, case in agreed]
    members = [member.source for member in consensus.members]
    is_alike = questions.domain.is_alike
    return related_cases(runner, members, known, is_alike, any_order=specification.any_order)


def _most_telling_first(agreed: Sequence[tuple[int, Case]], voters: Sequence[Voter]) -> list[Case]:
    """Returns the cases, first the visible ones on which all programs, the wrong ones too, differ most."""
    visible = [(place, case) for place, case in agreed if not is_hidden(case.arguments)]
    chosen = choose([[voter.keys[place] for place, _ in visible] for voter in voters], _MOST_CHOSEN)
    first = [visible[index][1] for index in chosen]
    return [*first, *(case for _, case in agreed if case not in first)]


def _without_repetition(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Returns one case per input, the first, half of them hidden."""
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(repr(case.arguments), case)
    return with_hidden_half(found.values())
