"""Settings of a run: nested frozen values, each with its unit and effect, one home per default."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from funsearch.exceptions import ConfigError
from sandbox.opening import BackendName


@dataclass(frozen=True)
class Budget:
    """When a run ends: at the first of its limits.

    Attributes:
        evaluations: Completed evaluations, counted over all resumptions; None for no limit.
        minutes: Wall time, counted over all resumptions; None for no limit.
    """

    evaluations: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if self.evaluations is None and self.minutes is None:
            raise ConfigError(
                "Budget(): expected evaluations or minutes, found neither; without one no run ends"
            )
        for name in ("evaluations", "minutes"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigError(f"Budget({name}={value}): expected a number above 0, found {value}")


@dataclass(frozen=True)
class ArchiveConfig:
    """How the islands choose and forget (FunSearch, Nature 2023, Methods: programs database).

    Attributes:
        islands: Populations that evolve apart. The paper has 10 for millions of programs; a run of minutes
            sees some ten thousand, which 10 islands would spread too thin (measured on bin_packing_or).
        functions_per_prompt: Programs of one island in a prompt; the paper has 2.
        cluster_temperature: Start of the softmax temperature over cluster scores; the paper has 0.1.
        temperature_period: Programs on an island after which the temperature starts anew. The paper's
            30,000 would never be felt in a run of minutes.
        program_temperature: Softmax temperature over program lengths within a cluster; the paper has 1.
        reset_evaluations: Registered programs between resets of the weaker half of the islands. The paper
            resets every 4 hours; counting programs instead makes runs equal on unequal machines.
    """

    islands: int = 4
    functions_per_prompt: int = 2
    cluster_temperature: float = 0.1
    temperature_period: int = 3_000
    program_temperature: float = 1.0
    reset_evaluations: int = 2_000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ConfigError(f"ArchiveConfig({name}={value}): expected a number above 0, found {value}")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run; stored beside its archive as config.json.

    Attributes:
        task: Name or path of the task.
        inputs: Inputs of a specification's run function; empty for tasks that bring their own scoring.
        seed: The one seed of every random choice.
        budget: When the run ends.
        samplers: Names of the samplers in the ensemble.
        sandbox: Backend asked for: "auto", "docker", "docker-runsc" or "bubblewrap".
        evaluators: Evaluator processes, each with a sandbox of its own.
        samples_per_prompt: Programs drawn from one prompt; the paper has 4.
        prompts_in_flight: Prompts of one sampler drawn before the first of them is registered. It decides
            which programs a prompt may see, so it belongs to the seed and not to the machine.
        archive: Settings of the islands.
    """

    task: str
    inputs: tuple[Any, ...] = ()
    seed: int = 0
    budget: Budget = field(default_factory=lambda: Budget(minutes=5.0))
    samplers: tuple[str, ...] = ("mutation", "embedded")
    sandbox: BackendName = "auto"
    evaluators: int = 2
    samples_per_prompt: int = 4
    prompts_in_flight: int = 8
    archive: ArchiveConfig = field(default_factory=ArchiveConfig)

    def __post_init__(self) -> None:
        for name in ("evaluators", "samples_per_prompt", "prompts_in_flight"):
            if getattr(self, name) < 1:
                raise ConfigError(f"RunConfig({name}={getattr(self, name)}): expected 1 or more")
        if self.seed < 0:
            raise ConfigError(f"RunConfig(seed={self.seed}): expected 0 or more")
        if not self.samplers or len(set(self.samplers)) < len(self.samplers):
            raise ConfigError(f"RunConfig(samplers={self.samplers}): expected one or more, each once")
