"""What may run together, calculated at the start from sizes of models, free memory and cores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal, get_args

from language_models.backend import ModelUnavailable
from language_models.machine_memory import available_cores, available_memory
from language_models.model_memory import estimate, megabytes

SHARE_OF_FREE_MEMORY = 0.8  # the rest is for evaluators, and for what grows
MOST_MODELS = 12  # of one plan; the sets that fit are written out

RunKind = Literal["llama", "transformers", "endpoint", "scripted"]


class ImpossiblePlan(ModelUnavailable):
    """The models asked for do not fit into the memory or the cores there are; the message shows the sum."""


@dataclass(frozen=True, kw_only=True)
class PlannedModel:
    """A model that a run may use.

    Attributes:
        name: What the run calls it.
        kind: What opens it.
        place: A GGUF file, a transformers directory or hub id, an endpoint's address, or a script's answer.
        memory: Bytes it takes while it is loaded; `of_file` estimates them. 0 for an endpoint.
        context_tokens: Longest prompt and reply together.
        slots: Conversations or samples side by side.
        threads: Cores that it computes on; None lets the plan share them out.
        stays: Is loaded at first use and never unloaded for another.
    """

    name: str
    kind: RunKind
    place: str
    memory: int = 0
    context_tokens: int = 2048
    slots: int = 4
    threads: int | None = None
    stays: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(RunKind):
            raise ValueError(
                f"PlannedModel(kind={self.kind!r}): expected one of {', '.join(get_args(RunKind))}"
            )
        for field in ("memory", "context_tokens", "slots", "threads"):
            value, least = getattr(self, field), 0 if field == "memory" else 1
            if value is not None and value < least:
                raise ValueError(f"PlannedModel({field}={value}): expected {least} or more, found {value}")

    @classmethod
    def of_file(
        cls, name: str, place: Path, *, context_tokens: int = 2048, slots: int = 4, stays: bool = False
    ) -> PlannedModel:
        """Returns the model of a GGUF file or transformers directory, its memory estimated.

        Raises:
            ModelUnavailable: It is neither, or is damaged.
        """
        needed = estimate(place, context_tokens=context_tokens, slots=slots)
        return cls(
            name=name, kind="transformers" if place.is_dir() else "llama", place=str(place),
            memory=needed.total, context_tokens=context_tokens, slots=slots, stays=stays,
        )  # fmt: skip


@dataclass(frozen=True)
class ModelPlan:
    """The models of a run and the memory they share.

    Attributes:
        models: By name.
        memory: Bytes that loaded models may take in all.
        cores: Cores that models may compute on.
        together: The largest sets of models that fit into memory at once.
        threads: Cores that each model computes on, by name.
    """

    models: Mapping[str, PlannedModel]
    memory: int
    cores: int
    together: tuple[frozenset[str], ...]
    threads: Mapping[str, int]

    @classmethod
    def of(
        cls, models: Iterable[PlannedModel], memory: int | None = None, cores: int | None = None
    ) -> ModelPlan:
        """Calculates the plan.

        Args:
            models: What the run may use; each must be able to run beside those that stay.
            memory: Bytes for all of them; None takes 80 % of what is free here and now.
            cores: Cores for all of them; None takes those of this process. Leave out those that
                evaluators use: of two threads that meet at each step the slower one sets the pace.

        Raises:
            ImpossiblePlan: Some model cannot run at all; the message shows the sum.
            ValueError: No models, too many, or two of one name.
        """
        listed = list(models)
        by_name = {model.name: model for model in listed}
        if not listed or len(by_name) < len(listed) or len(listed) > MOST_MODELS:
            names = ", ".join(model.name for model in listed) or "none"
            raise ValueError(
                f"ModelPlan.of(models): expected 1 to {MOST_MODELS} of different names, found {names}"
            )
        room = int(available_memory() * SHARE_OF_FREE_MEMORY) if memory is None else memory
        there = available_cores() if cores is None else cores
        for model in listed:
            _check_memory(model, listed, room)
            _check_cores(model, there)
        together = _largest_sets(listed, room)
        return cls(by_name, room, there, together, _threads(listed, together, there))

    def needed(self, names: Iterable[str]) -> int:
        """Returns the bytes that these models take together."""
        return sum(self.models[name].memory for name in set(names))

    def fits(self, names: Collection[str]) -> bool:
        """Tells whether these models may be loaded at once."""
        return self.needed(names) <= self.memory

    def model(self, name: str) -> PlannedModel:
        """Returns the model of that name.

        Raises:
            ModelUnavailable: The plan has none.
        """
        if name not in self.models:
            raise ModelUnavailable(f"{name}: not in the plan; it has {', '.join(self.models)}")
        return self.models[name]

    def __str__(self) -> str:
        sizes = ", ".join(
            f"{model.name} {megabytes(model.memory)} ({self.threads[model.name]} threads)"
            for model in self.models.values()
        )
        sets = "; ".join(" + ".join(sorted(names)) for names in self.together)
        return f"{sizes}; {megabytes(self.memory)} and {self.cores} cores in all; together: {sets}"


def arithmetic(models: Iterable[PlannedModel]) -> str:
    """Returns the sum of the models' memory, written out."""
    listed = list(models)
    terms = " + ".join(f"{model.name} {megabytes(model.memory)}" for model in listed)
    return f"{terms} = {megabytes(sum(model.memory for model in listed))}" if len(listed) > 1 else terms


def _check_memory(model: PlannedModel, models: Sequence[PlannedModel], memory: int) -> None:
    """Refuses a model that has no room beside those that stay."""
    needed = [*(other for other in models if other.stays and other is not model), model]
    if sum(each.memory for each in needed) > memory:
        beside = " (those before it stay loaded)" if len(needed) > 1 else ""
        raise ImpossiblePlan(
            f"{model.name} cannot run: {arithmetic(needed)}{beside}, there are {megabytes(memory)}; give it "
            "fewer slots or a shorter context, take a smaller model or quantisation, or leave one out"
        )


def _check_cores(model: PlannedModel, cores: int) -> None:
    if (model.threads or 1) > cores:
        raise ImpossiblePlan(
            f"{model.name} cannot run well: it asks for {model.threads} threads, there are {cores} cores; "
            "threads beyond the cores only wait for each other"
        )


def _largest_sets(models: Sequence[PlannedModel], memory: int) -> tuple[frozenset[str], ...]:
    """Returns the sets that fit and are part of no other set that fits, the largest first."""
    found: list[frozenset[str]] = []
    for size in range(len(models), 0, -1):
        for chosen in combinations(models, size):
            names = frozenset(model.name for model in chosen)
            fits = sum(model.memory for model in chosen) <= memory
            if fits and not any(names <= larger for larger in found):
                found.append(names)
    return tuple(found)


def _threads(
    models: Sequence[PlannedModel], together: Sequence[frozenset[str]], cores: int
) -> dict[str, int]:
    """Shares the cores out among as many models of this machine as may be loaded at once."""
    local = {model.name for model in models if model.kind in ("llama", "transformers")}
    most = max(len(names & local) for names in together)
    return {model.name: model.threads or max(1, cores // max(1, most)) for model in models}
