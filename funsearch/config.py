"""Settings of a run: nested frozen values, each with its unit and effect, one home per default."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from funsearch.exceptions import ConfigError
from language_models.cost import Price
from sandbox.opening import BackendName

Strategy = Literal["evolution", "hill-climb", "best-of-n"]

# Samplers that ask no language model: they read and write no tokens.
MODEL_FREE_SAMPLERS = frozenset({"mutation"})


@dataclass(frozen=True)
class Budget:
    """When a run ends: at the first of its limits. All are counted over all resumptions; None is no limit.

    Attributes:
        evaluations: Completed evaluations; never exceeded.
        minutes: Wall time.
        tokens: Tokens read and written by language models. Prompts that are under way when the limit is
            reached are still paid for.
        money: Cost of those tokens by the run's `TokenPrices`, in their currency.
        target_score: A score that is good enough.
        stagnation: Evaluations in a row without a new best program.
    """

    evaluations: int | None = None
    minutes: float | None = None
    tokens: int | None = None
    money: float | None = None
    target_score: float | None = None
    stagnation: int | None = None

    def __post_init__(self) -> None:
        limits = ("evaluations", "minutes", "tokens", "money", "stagnation")
        if all(getattr(self, name) is None for name in limits):
            raise ConfigError(
                f"Budget(): expected one of {', '.join(limits)}, found none; only they end any run"
            )
        for name in limits:
            value = getattr(self, name)
            if value is not None:
                require_positive(self, name, value)
        if self.target_score is not None and not math.isfinite(self.target_score):
            raise ConfigError(f"Budget(target_score={self.target_score}): expected a finite number")


@dataclass(frozen=True)
class TokenPrices(Price):
    """The price of a run's language models."""

    def __post_init__(self) -> None:
        try:
            super().__post_init__()
        except ValueError as error:
            raise ConfigError(str(error)) from error


@dataclass(frozen=True)
class ArchiveConfig:
    """How the islands choose and forget (FunSearch, Nature 2023, Methods: programs database).

    Attributes:
        islands: Populations that evolve apart. The paper has 10 for millions of programs; a run of minutes
            sees some ten thousand, which 10 islands would spread too thin (measured on bin_packing_or).
        opening_evaluations: Registered programs after which one island more takes part, until all do: a
            short run is not spread thin either. The paper begins with all.
        functions_per_prompt: Programs of one island in a prompt; the paper has 2.
        cluster_temperature: Start of the softmax temperature over the ranks of clusters. The paper has 0.1
            over their scores, which is next to none or next to chance, as the task's unit happens to be.
        temperature_period: Programs on an island after which the temperature starts anew. The paper's
            30,000 would never be felt in a run of minutes.
        program_temperature: Softmax temperature over program lengths within a cluster; the paper has 1.
        reset_evaluations: Registered programs between resets of the weaker half of the islands; half as many
            where nothing better was found (funsearch/resets.py). The paper resets every 4 hours; counting
            programs instead makes runs equal on unequal machines.
        elite_share: Share of prompts (0 to 1) that show elites of different niches of their island instead
            of programs of different clusters (MAP-Elites; funsearch/elites.py). 0 keeps no niches.
    """

    islands: int = 4
    opening_evaluations: int = 500
    functions_per_prompt: int = 2
    cluster_temperature: float = 2.0
    temperature_period: int = 3_000
    program_temperature: float = 1.0
    reset_evaluations: int = 2_000
    elite_share: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "elite_share":
                require_positive(self, name, value)
        if not 0 <= self.elite_share <= 1:
            raise ConfigError(f"ArchiveConfig(elite_share={self.elite_share}): expected a share from 0 to 1")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run; stored beside its archive as config.json.

    Attributes:
        task: Name or path of the task.
        inputs: Inputs of a specification's run function; empty for tasks that bring their own scoring.
        screen: Cascade of a specification file: how many of its inputs come first, and the score on them that
            lets a program go on to all; None scores every program on all.
        seed: The one seed of every random choice.
        budget: When the run ends.
        strategy: "evolution" on islands, or one of the baselines: "hill-climb", "best-of-n".
        samplers: Names of the samplers in the ensemble.
        prices: What the models' tokens cost; None where nobody asks.
        sandbox: Backend asked for: "auto", "docker", "docker-runsc" or "bubblewrap".
        evaluators: Evaluator processes, each with a sandbox of its own.
        samples_per_prompt: Programs drawn from one prompt; the paper has 4.
        samples_per_request: Programs drawn from one prompt to an endpoint, which reads and bills the prompt
            once for all its replies; half the requests also halve what a candidate costs this machine.
        prompts_in_flight: Prompts of one sampler drawn before the first of them is registered, at most; fewer
            while the run is young (funsearch/stream.py). It decides which programs a prompt may see, so it
            belongs to the seed and not to the machine.
        requests_in_flight: Prompts under way at an endpoint at once, at most; fewer while the run is young.
        requests_per_minute: Most prompts sent to an endpoint in any minute; None for no limit.
        tokens_per_minute: Most tokens read and written by an endpoint in any minute; None for no limit.
        novelty: Similarity, above 0 and at most 1, at which a proposal is turned away before the sandbox is
            paid (funsearch/novelty.py); None turns away nothing.
        archive: Settings of the islands.
    """

    task: str
    inputs: tuple[Any, ...] = ()
    screen: tuple[int, float] | None = None
    seed: int = 0
    budget: Budget = field(default_factory=lambda: Budget(minutes=5.0))
    strategy: Strategy = "evolution"
    samplers: tuple[str, ...] = ("mutation", "embedded")
    prices: TokenPrices | None = None
    sandbox: BackendName = "auto"
    evaluators: int = 2
    samples_per_prompt: int = 4
    samples_per_request: int = 8
    prompts_in_flight: int = 8
    requests_in_flight: int = 8
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    novelty: float | None = None
    archive: ArchiveConfig = field(default_factory=ArchiveConfig)

    def __post_init__(self) -> None:
        counts = (
            "evaluators",
            "samples_per_prompt",
            "samples_per_request",
            "prompts_in_flight",
            "requests_in_flight",
        )
        for name in counts:
            if getattr(self, name) < 1:
                raise ConfigError(f"RunConfig({name}={getattr(self, name)}): expected 1 or more")
        if self.novelty is not None:
            require_similarity(self.novelty)
        if self.seed < 0:
            raise ConfigError(f"RunConfig(seed={self.seed}): expected 0 or more")
        if not self.samplers or len(set(self.samplers)) < len(self.samplers):
            raise ConfigError(f"RunConfig(samplers={self.samplers}): expected one or more, each once")
        if self.strategy not in get_args(Strategy):
            known = ", ".join(get_args(Strategy))
            raise ConfigError(f"RunConfig(strategy={self.strategy!r}): expected one of {known}")
        self._refuse_what_has_no_effect()

    def _refuse_what_has_no_effect(self) -> None:
        if self.strategy != "evolution" and self.archive != ArchiveConfig():
            raise ConfigError(f"RunConfig(archive=...): strategy {self.strategy!r} has no islands to set")
        has_model = not MODEL_FREE_SAMPLERS.issuperset(self.samplers)
        if not has_model and (self.budget.tokens or self.budget.money or self.prices):
            raise ConfigError(
                f"RunConfig(samplers={self.samplers}): expected a language model among them for a budget of "
                "tokens or money, found none that uses tokens"
            )
        for rate in ("requests_per_minute", "tokens_per_minute"):
            self._check_rate(rate)
        if self.budget.money is not None and self.prices is None:
            raise ConfigError(
                f"Budget(money={self.budget.money}): expected the prices of tokens too; give "
                "RunConfig(prices=TokenPrices(prompt=..., completion=...)), or --price"
            )

    def _check_rate(self, name: str) -> None:
        rate = getattr(self, name)
        if rate is None:
            return
        require_positive(self, name, rate)
        if not any(sampler.startswith("openai") for sampler in self.samplers):
            raise ConfigError(
                f"RunConfig(samplers={self.samplers}): expected an endpoint among them for {name}, found none"
            )


def require_positive(owner: object, name: str, value: float) -> None:
    """Raises `ConfigError` where a setting of `owner` is no finite number above 0."""
    if not 0 < value < math.inf:
        raise ConfigError(f"{type(owner).__name__}({name}={value}): expected a number above 0, found {value}")


def require_similarity(novelty: float) -> None:
    """Raises `ConfigError` where a threshold of the novelty filter lies outside (0, 1]."""
    if not 0 < novelty <= 1:
        raise ConfigError(
            f"novelty={novelty}: expected a similarity above 0 and at most 1, such as 0.95; "
            "leave it out to turn the filter off"
        )
