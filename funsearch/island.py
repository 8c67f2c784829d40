"""An island: a population that evolves apart from the others."""

from __future__ import annotations

from array import array

import numpy as np

from funsearch.cluster import Cluster, ScoredProgram, draw_distinct, softmax_weights
from funsearch.config import ArchiveConfig
from funsearch.population import Parent


class Island:
    """Programs clustered by signature.

    Args:
        config: How it samples.
        generation: How often this island has been reset.
    """

    def __init__(self, config: ArchiveConfig, generation: int = 0) -> None:
        self._config = config
        self.generation = generation
        self.registered = 0
        self.best: ScoredProgram | None = None
        self._numbers: dict[bytes, int] = {}  # number of the cluster of a signature
        self._clusters: list[Cluster] = []
        self._scores = array("d")  # one per cluster: the signature makes its programs' scores equal

    @property
    def clusters(self) -> int:
        """How many different signatures the island holds."""
        return len(self._clusters)

    def register(self, program: ScoredProgram) -> bool:
        """Adds a program; returns whether it is the island's new best."""
        number = self._numbers.setdefault(program.cluster_key, len(self._clusters))
        if number == len(self._clusters):
            self._clusters.append(Cluster())
            self._scores.append(program.score)
        self._clusters[number].register(program)
        self.registered += 1
        improves = self.best is None or program.score > self.best.score
        if improves:
            self.best = program
        return improves

    def sample(self, rng: np.random.Generator) -> tuple[Parent, ...]:
        """Returns programs for one prompt, worst first, no cluster twice.

        Clusters are drawn without replacement by a softmax over their scores whose temperature falls from
        `cluster_temperature` towards 0 over each period (FunSearch, Methods). Consumes of `rng` one draw
        per cluster and one per program.
        """
        weights = softmax_weights(np.array(self._scores), self._temperature())
        chosen = draw_distinct(rng, weights, self._config.functions_per_prompt)
        parents = [
            Parent(self._clusters[n].sample(rng, self._config.program_temperature), self._scores[n])
            for n in chosen
        ]
        return tuple(sorted(parents, key=lambda parent: parent.score))

    def _temperature(self) -> float:
        period = self._config.temperature_period
        return self._config.cluster_temperature * (1 - (self.registered % period) / period)
