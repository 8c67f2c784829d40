"""New inputs from known ones: values changed by what they are, arguments related to one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from evaluators.argument_mixing import ArgumentMixing
from evaluators.collection_mutation import CollectionMutation
from evaluators.draw import Draw, Value
from evaluators.number_mutation import NumberMutation
from evaluators.text_mutation import TextMutation
from evaluators.vocabulary import Vocabulary

Input: TypeAlias = tuple[Value, ...]

_MOST_CHANGES = 4
_VALUE_CHANGES = 6  # for each of the three ways to mix arguments


class ExampleMutation:
    """Makes new inputs from known ones.

    Args:
        words: What new values are made of.
        rng: Drawn from for each choice.
    """

    def __init__(self, words: Vocabulary, rng: np.random.Generator) -> None:
        self._draw = Draw(rng)
        self._mixing = ArgumentMixing(self._draw)
        self._numbers = NumberMutation(words, self._draw)
        self._texts = TextMutation(words, self._draw, self._numbers)
        self._collections = CollectionMutation(self._draw, self._value)
        self._others: Sequence[Input] = ()

    def changed(self, bases: Sequence[Input]) -> Input:
        """Returns one of the inputs, changed once to a few times; it may be mixed with another."""
        self._others = bases
        arguments: Input = self._draw.pick(bases)
        for _ in range(1 + self._draw.below(_MOST_CHANGES) * self._draw.below(2)):
            arguments = self._once(arguments)
        return arguments

    def _once(self, arguments: Input) -> Input:
        match self._draw.below(_VALUE_CHANGES + 3):
            case 0:
                return self._mixing.crossed(arguments, self._draw.pick(self._others))
            case 1:
                return self._mixing.related(arguments)
            case 2 if any(isinstance(value, str | list) for value in arguments):
                return self._mixing.together(arguments)
        place = self._draw.below(len(arguments))
        value = arguments[place]
        if isinstance(value, list | tuple | dict) and not value:
            value = self._known(type(value))
        return (*arguments[:place], self._value(value), *arguments[place + 1 :])

    def _value(self, value: Value) -> Value:
        match value:
            case bool():
                return not value
            case int():
                return self._numbers.integer(value)
            case float():
                return self._numbers.float(value)
            case str():
                return self._texts.text(value)
            case list() | tuple():
                return type(value)(self._collections.sequence(value))
            case dict():
                return self._collections.mapping(value)
        return value

    def _known(self, kind: type) -> Value:
        """Returns a collection of a kind that an argument is, not an empty one where there is another."""
        known = [value for other in self._others for value in other if isinstance(value, kind) and value]
        return self._draw.pick(known or [kind()])
