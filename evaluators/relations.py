"""Metamorphic relations: what a changed input must give when the answer to the input itself is known.

A relation is kept only where every member of the consensus keeps it on every input that was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evaluators.batches import answers_in_batches
from evaluators.cases import Case
from evaluators.literals import literal
from evaluators.tool_runner import ToolRunner
from programs.comparison import differ
from sandbox.interface import Value

_FEWEST, _MOST = 5, 10  # inputs on which a relation is tried, and from which tests are made

Arguments = tuple[Value, ...]


@dataclass(frozen=True)
class Relation:
    """A relation of two calls.

    Attributes:
        name: In words.
        follow: Returns the second call's arguments, given the first's and its answer; None where it has none.
        expect: Returns the second call's answer, given the same.
    """

    name: str
    follow: Callable[[Arguments, Value], Arguments | None]
    expect: Callable[[Arguments, Value], Value]


@dataclass(frozen=True)
class Known:
    """A call whose answer the consensus has given: no relation needs to tell it again."""

    arguments: Arguments
    answer: Value


def related_cases(
    runner: ToolRunner,
    members: Sequence[str],
    known: Sequence[Known],
    is_likely: Callable[[Arguments], bool],
    *,
    any_order: bool = False,
) -> list[Case]:
    """Returns tests by the relations that all members keep.

    Args:
        runner: Calls the members.
        members: Texts of the programs of the consensus.
        known: Calls and their answers.
        is_likely: Whether the tool is for an input.
        any_order: Whether the order of a returned list does not matter.
    """
    tried = [cases for relation in RELATIONS if (cases := _cases(relation, known, is_likely, len(members)))]
    inputs = [case.arguments for cases in tried for case in cases]
    broken: set[int] = set()
    for source in members:
        answers = iter(answers_in_batches(runner, source, inputs))
        for index, cases in enumerate(tried):
            told = [next(answers) for _ in cases]
            if any(
                not answer.is_value or differ(case.expected, answer.value, any_order=any_order)
                for case, answer in zip(cases, told, strict=True)
            ):
                broken.add(index)
    return [case for index, cases in enumerate(tried) if index not in broken for case in cases]


def _cases(
    relation: Relation, known: Sequence[Known], is_likely: Callable[[Arguments], bool], voters: int
) -> list[Case]:
    """Returns the tests that a relation would make; none where it can be tried on few inputs only."""
    asked = {literal(call.arguments) for call in known}
    found: dict[str, Case] = {}
    for call in known:
        follow = relation.follow(call.arguments, call.answer)
        if follow is not None and literal(follow) not in asked and is_likely(follow):
            expected = relation.expect(call.arguments, call.answer)
            found.setdefault(literal(follow), Case(follow, expected, "relation", "relation", voters=voters))
        if len(found) == _MOST:
            break
    return list(found.values()) if len(found) >= _FEWEST else []


def _same(arguments: Arguments, answer: Value) -> Value:
    return answer


def _reversed_lists(arguments: Arguments, answer: Value) -> Arguments | None:
    is_list = [isinstance(argument, list) for argument in arguments]
    if sum(is_list) != 1:
        return None
    return tuple(each[::-1] if listed else each for each, listed in zip(arguments, is_list, strict=True))


def _reversed_all(arguments: Arguments, answer: Value) -> Arguments | None:
    if len(arguments) != 1 or type(arguments[0]) is not type(answer) or not isinstance(answer, str | list):
        return None
    return (arguments[0][::-1],)


def _other_case(arguments: Arguments, answer: Value) -> Arguments | None:
    if not any(isinstance(argument, str) for argument in arguments):
        return None
    return tuple(each.swapcase() if isinstance(each, str) else each for each in arguments)


def _again(arguments: Arguments, answer: Value) -> Arguments | None:
    return (answer,) if len(arguments) == 1 and type(arguments[0]) is type(answer) else None


def _swapped(arguments: Arguments, answer: Value) -> Arguments | None:
    return arguments[::-1] if len(arguments) == 2 and type(arguments[0]) is type(arguments[1]) else None


def _relations() -> Iterator[Relation]:
    yield Relation("the order of a list does not matter", _reversed_lists, _same)
    yield Relation("the reverse gives the reverse", _reversed_all, lambda arguments, answer: answer[::-1])
    yield Relation("upper and lower case are the same", _other_case, _same)
    yield Relation("once is enough", _again, _same)
    yield Relation("twice undoes it", _again, lambda arguments, answer: arguments[0])
    yield Relation("the two arguments may change places", _swapped, _same)


RELATIONS = tuple(_relations())
