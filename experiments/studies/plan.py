"""What a study runs: cells, each of them one task with one choice of samplers under one budget."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from funsearch import samplers
from funsearch.config import MODEL_FREE_SAMPLERS, Strategy
from funsearch.exceptions import ConfigError
from language_models import ModelUnavailable

Samplers: TypeAlias = tuple[str, ...]

STRATEGIES: tuple[Strategy, ...] = ("best-of-n", "hill-climb", "evolution")
SAMPLERS: tuple[Samplers, ...] = (("mutation",), ("embedded",), ("mutation", "embedded"))
SEEDS = 5

# Evaluations of one run, the same for every strategy and sampler. A run's start takes about as long as some
# hundred evaluations of a cheap task; those of the dear ones are held down.
EVALUATIONS: Mapping[str, int] = {
    "bin_packing_or": 300,
    "cap_set": 400,
    "circle_packing": 80,
    "erdos_overlap": 300,
    "everyday_tool": 100,
    "kissing": 200,
    "matmul": 300,
    "shannon_cycles": 300,
    "tsp_construct": 80,
    "bin_packing_weibull": 100,
    "admissible_symmetric": 40,
}
OTHER_EVALUATIONS = 300  # of tasks that are not the project's


@dataclass(frozen=True)
class Cell:
    """One task with one choice of samplers; every strategy runs with every seed.

    Attributes:
        task: Its reference, such as "cap_set?n=5".
        samplers: Their names; two or more propose side by side, as an ensemble.
        model: The language model behind them; "" where there is none.
        strategies: Who competes.
        seeds: Runs of each: seeds 0, 1, ...
        evaluations: Budget of each run.
        options: Further words of its command, which decide no score.
    """

    task: str
    samplers: Samplers
    model: str
    strategies: tuple[Strategy, ...]
    seeds: int
    evaluations: int
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Returns its name as a file's, such as "mutation-300": cells of different names are kept apart."""
        model = f"-{re.sub(r'[^A-Za-z0-9_.-]+', '-', self.model)}" if self.model else ""
        return f"{'+'.join(self.samplers)}{model}-{self.evaluations}"

    @property
    def command(self) -> str:
        """Returns the command that makes it, and nothing else."""
        words = ["python", "-m", "experiments.study", "--tasks", self.task]
        words += ["--samplers", "+".join(self.samplers), "--strategies", *self.strategies]
        words += ["--seeds", str(self.seeds), "--evaluations", str(self.evaluations)]
        return shlex.join([*words, *self.options])


def evaluations_of(task: str) -> int:
    """Returns the standing budget of a task."""
    return EVALUATIONS.get(task, OTHER_EVALUATIONS)


def model_of(names: Samplers) -> str:
    """Returns the models behind samplers as the environment names them; "" where there is none, or none yet.

    Raises:
        ConfigError: An endpoint's model has no name, so that the results could not say whose they are.
    """
    asking = [name for name in names if name not in MODEL_FREE_SAMPLERS]
    return "+".join(dict.fromkeys(filter(None, map(_model, asking))))


def _model(sampler: str) -> str:
    if sampler != "embedded":
        named = os.environ.get("FUNSEARCH_MODEL", "")
        if not named:
            raise ConfigError(f"sampler {sampler!r}: set FUNSEARCH_MODEL; results are kept under that name")
        return named
    try:
        return samplers.model_file().stem
    except ModelUnavailable:
        return ""  # not fetched yet; told when the sampler is to be built


def samplers_in(text: str) -> Samplers:
    """Returns the samplers of one choice: "mutation+embedded" is an ensemble of two."""
    return tuple(text.split("+"))


def in_words(names: Sequence[str]) -> str:
    """Returns a choice of samplers as one word, as `samplers_in` reads it."""
    return "+".join(names)
