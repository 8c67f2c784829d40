"""What programs agree on where nobody knows what is right: the largest group with the same answers.

Majorities err together, so conditions are set: the group's share, how many different programs it holds, and
that the user's examples have vetted every voter. Where they are not met it abstains. Variants of one program
must not vote: they agree by birth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluators.voters import Key, Voter, weight_of

_MOST_OUTVOTED = 0.4  # share of the inputs on which more programs may give another answer than few agree on
_ENOUGH_HEARD = 0.5  # share of the inputs that a program which ran out of time must have answered


@dataclass(frozen=True)
class Demands:
    """What a consensus must have.

    Attributes:
        share: Of the voters' weight that agrees.
        programs: How many different programs agree.
        inputs: On how many inputs they are compared.
    """

    share: float = 0.7
    programs: int = 2
    inputs: int = 10


STRICT = Demands(programs=5)


@dataclass(frozen=True)
class Consensus:
    """The largest group of voters with the same answers.

    Attributes:
        members: The voters; empty where there is none.
        share: Of all voters' weight.
        abstained: Why nothing follows from it; empty where it holds.
    """

    members: tuple[Voter, ...] = ()
    share: float = 0.0
    abstained: str = ""


def find_consensus(
    voters: Sequence[Voter], places: Sequence[int], demands: Demands | None = None
) -> Consensus:
    """Returns what the voters agree on.

    Args:
        voters: Those that pass the examples.
        places: Of the inputs on which they are compared, among the voters' answers.
        demands: What must hold for it not to abstain.
    """
    demands = demands or Demands()
    if not voters:
        return Consensus(abstained="no program passes all examples")
    members = max(_groups(voters, places), key=lambda group: (weight_of(group), len(group)))
    share = weight_of(members) / weight_of(voters)
    return Consensus(tuple(members), share, _why_not(members, share, len(places), demands))


def doubted(consensus: Consensus, everybody: Sequence[Voter], places: Sequence[int]) -> Consensus:
    """Returns the consensus; it abstains where few programs agree and more, by weight, on other answers.

    Those that fail the examples are heard as well here: what few programs share may be one misreading.
    """
    if consensus.abstained or len(consensus.members) >= STRICT.programs:
        return consensus
    outvoted = sum(not _has_most_weight(consensus.members[0], place, everybody) for place in places)
    if outvoted <= _MOST_OUTVOTED * len(places):
        return consensus
    few = f"only {len(consensus.members)} different programs agree"
    return replace(
        consensus, abstained=f"{few}, and on {outvoted} of {len(places)} inputs more give another answer"
    )


def _has_most_weight(leader: Voter, place: int, voters: Sequence[Voter]) -> bool:
    """Returns whether no other answer at a place has more weight."""
    counts: Counter[Key] = Counter()
    for voter in voters:
        counts[voter.keys[place]] += 0 if voter.fails(place) else voter.weight
    return leader.fails(place) or counts[leader.keys[place]] == max(counts.values())


def agreement(voters: Sequence[Voter], place: int, leader: Voter) -> float:
    """Returns the share of the voters, by weight, whose answer at a place is the leader's."""
    agreeing = weight_of(voter for voter in voters if voter.keys[place] == leader.keys[place])
    return agreeing / weight_of(voters)


def _why_not(members: Sequence[Voter], share: float, inputs: int, demands: Demands) -> str:
    if inputs < demands.inputs:
        return f"{inputs} inputs are like the examples', expected {demands.inputs} at least"
    if len(members) < demands.programs:
        return f"{len(members)} different programs agree, expected {demands.programs} at least"
    if share < demands.share:
        return (
            f"{share:.0%} of the programs that pass the examples agree, expected {demands.share:.0%} at least"
        )
    return ""


def _groups(voters: Sequence[Voter], places: Sequence[int]) -> list[list[Voter]]:
    """Returns the voters in groups of the same answers.

    One that ran out of time joins the first group, the heaviest program's first, whose answers are its own as
    far as it went.
    """
    groups: list[list[Voter]] = []
    for voter in sorted(voters, key=lambda voter: (_silences(voter, places), -voter.weight)):
        home = next((group for group in groups if _agrees(voter, group[0], places)), None)
        if home is None:
            groups.append([voter])
        else:
            home.append(voter)
    return groups


def _silences(voter: Voter, places: Sequence[int]) -> int:
    return sum(map(voter.is_silent, places))


def _agrees(voter: Voter, other: Voter, places: Sequence[int]) -> bool:
    heard = [place for place in places if not voter.is_silent(place) and not other.is_silent(place)]
    return len(heard) >= _ENOUGH_HEARD * len(places) and all(
        voter.keys[place] == other.keys[place] for place in heard
    )
