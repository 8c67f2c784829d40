"""An island: a population that evolves apart from the others."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from funsearch.cluster import Cluster, FloatArray, ScoredProgram, draw_distinct, softmax_weights
from funsearch.config import ArchiveConfig
from funsearch.elites import Described, EliteGrid, Measure
from funsearch.population import Parent

IntArray = npt.NDArray[np.intp]
# Clusters so many temperatures behind the best weigh less than rounding does, a million of them together too.
_REACH = 50.0


class Island:
    """Programs clustered by signature.

    Args:
        config: How it samples.
        generation: How often this island has been reset.
        measures: Axes of its niches; none where no prompt draws on elites.
    """

    def __init__(self, config: ArchiveConfig, generation: int = 0, measures: Sequence[Measure] = ()) -> None:
        self._config = config
        self.elites = EliteGrid(measures) if measures else None
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
        if self.elites is not None:
            self.elites.add(Described.of(program))
        self.registered += 1
        improves = self.best is None or program.score > self.best.score
        if improves:
            self.best = program
        return improves

    def sample(self, rng: np.random.Generator) -> tuple[Parent, ...]:
        """Returns programs for one prompt, worst first, no cluster twice.

        Clusters are drawn without replacement by a softmax over their ranks whose temperature falls from
        `cluster_temperature` towards 0 over each period. The paper (FunSearch, Methods) has the scores
        themselves there; ranks serve a score of any unit and scale alike. Consumes of `rng` one draw per
        cluster and one per program.
        """
        wanted, temperature = self._config.functions_per_prompt, self._temperature()
        scores = np.array(self._scores)
        near = _best(scores, max(wanted, 1 + int(_REACH * temperature)))
        drawn = draw_distinct(rng, softmax_weights(-_ranks(scores[near]), temperature), wanted)
        parents = [
            Parent(self._clusters[n].sample(rng, self._config.program_temperature), self._scores[n])
            for n in near[drawn]
        ]
        return tuple(sorted(parents, key=lambda parent: parent.score))

    def sample_elites(self, rng: np.random.Generator) -> tuple[Parent, ...]:
        """Returns elites of different niches for one prompt, worst first; consumes one draw of `rng`."""
        if self.elites is None:
            raise ValueError("sample_elites: expected an island with measures, found none")
        drawn = self.elites.sample(rng, self._config.functions_per_prompt)
        return tuple(Parent(elite.candidate, elite.score) for elite in sorted(drawn, key=lambda e: e.score))

    def _temperature(self) -> float:
        period = self._config.temperature_period
        return self._config.cluster_temperature * (1 - (self.registered % period) / period)


def _best(scores: FloatArray, count: int) -> IntArray:
    """Returns the places of the `count` highest scores, and of all that equal the last of them, in order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -count)[-count])


def _ranks(scores: FloatArray) -> FloatArray:
    """Returns for each score how many are higher."""
    return (len(scores) - np.searchsorted(np.sort(scores), scores, side="right")).astype(np.float64)
