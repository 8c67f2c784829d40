"""Proposes functions by mutation and crossover of their parents; no language model.

Deterministic: everything drawn comes from the prompt's seed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from funsearch.expressions import Material
from funsearch.mutation import Mutation
from funsearch.sampler import Candidate, Prompt, Samples
from funsearch.syntax_tree import size
from funsearch.vocabulary import vocabulary_of
from programs import Function, Specification

MAX_NODES = 80  # expressions in one function
GROWTH = 1.5  # times the initial function, where that is larger: how large it may become
FROM_BEST_PARENT = 0.7
_ATTEMPTS = 20


class MutationSampler:
    """A sampler of mutants.

    Args:
        specification: Gives the vocabulary (does the function take arrays?).
    """

    def __init__(self, specification: Specification) -> None:
        self._vocabulary = vocabulary_of(specification.program, specification.function.node)
        self._largest = max(MAX_NODES, int(GROWTH * size(specification.function.node)))

    @property
    def description(self) -> str:
        """What is at work."""
        return f"syntax tree mutation and crossover over {self._vocabulary.description}"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns exactly `samples` candidates, each unlike every parent."""
        rng = np.random.default_rng(np.random.SeedSequence(prompt.seed[0], spawn_key=prompt.seed[1:]))
        family = _Family(prompt.functions)
        return Samples(tuple(self._mutant(rng, family) for _ in range(samples)))

    def _mutant(self, rng: np.random.Generator, family: _Family) -> Candidate:
        count = len(family.parents)
        base = count - 1 if rng.random() < FROM_BEST_PARENT else int(rng.integers(count))
        donor = int(rng.integers(count))
        parent, material = family.parents[base], family.material(donor)
        for _ in range(_ATTEMPTS):
            node = Function(parent.name, parent.source).node  # a tree of our own: parsing beats deep copying
            Mutation(rng, self._vocabulary, node, material).apply()
            source = ast.unparse(node) + "\n"
            if source not in family.sources and size(node) <= self._largest:
                return Candidate(source)
        return Candidate(parent.source)  # found to be a duplicate later, and not paid for


class _Family:
    """The parents of a prompt and what each has to give, worked out once."""

    def __init__(self, parents: Sequence[Function]) -> None:
        self.parents = parents
        self.sources = {parent.source for parent in parents}
        self._materials: dict[int, Material] = {}

    def material(self, donor: int) -> Material:
        """Returns what parent `donor` has to give."""
        if donor not in self._materials:
            self._materials[donor] = Material(self.parents[donor].node)
        return self._materials[donor]
