"""An island: a population that evolves apart from the others."""

from __future__ import annotations

import numpy as np

from funsearch.cluster import Cluster, ScoredProgram, softmax
from funsearch.config import ArchiveConfig


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
        self._clusters: dict[tuple[float, ...], Cluster] = {}

    @property
    def clusters(self) -> int:
        """How many different signatures the island holds."""
        return len(self._clusters)

    def register(self, program: ScoredProgram) -> bool:
        """Adds a program; returns whether it is the island's new best."""
        cluster = self._clusters.setdefault(program.signature, Cluster(program.score))
        cluster.register(program)
        self.registered += 1
        improves = self.best is None or program.score > self.best.score
        if improves:
            self.best = program
        return improves

    def sample(self, rng: np.random.Generator) -> tuple[ScoredProgram, ...]:
        """Returns programs for one prompt, worst first, no cluster twice.

        Clusters are drawn without replacement by a softmax over their scores whose temperature falls from
        `cluster_temperature` towards 0 over each period (FunSearch, Methods). Consumes `rng` for one choice
        of clusters and one choice per cluster.
        """
        clusters = list(self._clusters.values())
        probabilities = softmax(np.array([cluster.score for cluster in clusters]), self._temperature())
        count = min(self._config.functions_per_prompt, int((probabilities > 0).sum()))
        chosen = rng.choice(len(clusters), size=count, replace=False, p=probabilities)
        programs = [clusters[index].sample(rng, self._config.program_temperature) for index in chosen]
        return tuple(sorted(programs, key=lambda program: program.score))

    def _temperature(self) -> float:
        period = self._config.temperature_period
        return self._config.cluster_temperature * (1 - (self.registered % period) / period)
