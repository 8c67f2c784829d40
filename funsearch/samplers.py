"""Samplers by name, and how each is used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from funsearch.chat_sampler import ChatSampler
from funsearch.completion_sampler import BODY_PROFILE, EXPRESSION_PROFILE, CompletionSampler
from funsearch.config import RunConfig
from funsearch.exceptions import SamplerError
from funsearch.mutation_sampler import MutationSampler
from funsearch.sampler import Sampler
from funsearch.stream import StreamPlan
from language_models import ModelError
from programs import Specification

if TYPE_CHECKING:
    from language_models.openai_backend import OpenAIBackend

NAMES = ("mutation", "embedded", "openai")
MODEL_FILE_VARIABLE = "FUNSEARCH_MODEL_FILE"


def default_samplers() -> tuple[str, ...]:
    """Returns the ensemble used where none is asked for; an endpoint in the environment joins it."""
    return ("mutation", "embedded", *(("openai",) if _endpoint() else ()))


def plans(config: RunConfig) -> list[StreamPlan]:
    """Returns how each sampler of the run is used.

    A model's window is 2: one prompt is being answered while the candidates of another are scored.
    """
    return [
        StreamPlan(name, config.samples_per_prompt, config.prompts_in_flight, is_free=True)
        if name == "mutation"
        else StreamPlan(name, config.samples_per_prompt, window=2, is_free=False)
        for name in config.samplers
    ]


def build(name: str, specification: Specification) -> Sampler:
    """Returns the sampler of that name, its model loaded.

    Raises:
        SamplerError: There is no such sampler, or its model cannot be had; the message says what to do.
    """
    try:
        if name == "mutation":
            return MutationSampler(specification)
        if name == "embedded":
            return _embedded(specification)
        if name == "openai":
            return _openai(specification)
    except ModelError as error:
        raise SamplerError(f"sampler {name!r}: {error}") from error
    raise SamplerError(f"sampler: expected one of {', '.join(NAMES)}, found {name!r}")


def check(name: str) -> None:
    """Raises `SamplerError` where the sampler could not work, without loading a model."""
    checks: dict[str, Callable[[], object]] = {
        "mutation": lambda: None,
        "embedded": lambda: _check_model_file(model_file()),
        "openai": lambda: _required_endpoint().reach(),
    }
    if name not in checks:
        raise SamplerError(f"sampler: expected one of {', '.join(NAMES)}, found {name!r}")
    try:
        checks[name]()
    except ModelError as error:
        raise SamplerError(f"sampler {name!r}: {error}; or leave it out with --samplers mutation") from error


def model_file() -> Path:
    """Returns the GGUF file of the embedded model: $FUNSEARCH_MODEL_FILE, else SmolLM2 as fetched."""
    from language_models.model_manager import SMOLLM2, weights

    named = os.environ.get(MODEL_FILE_VARIABLE)
    return Path(named) if named else weights(SMOLLM2, download=False)


def _check_model_file(path: Path) -> None:
    from language_models.llama_backend import check_file

    check_file(path)


def _embedded(specification: Specification) -> Sampler:
    from language_models.llama_backend import LlamaBackend

    path = model_file()
    profile = EXPRESSION_PROFILE if path.name.startswith("SmolLM2") else BODY_PROFILE
    return CompletionSampler(LlamaBackend(path), specification, profile)


def _openai(specification: Specification) -> Sampler:
    return ChatSampler(_required_endpoint(), specification)


def _required_endpoint() -> OpenAIBackend:
    endpoint = _endpoint()
    if endpoint is None:
        raise SamplerError(
            "sampler 'openai': no endpoint; set OPENAI_BASE_URL, or OPENAI_API_KEY with FUNSEARCH_MODEL"
        )
    return endpoint


def _endpoint() -> OpenAIBackend | None:
    """Returns the endpoint that the environment asks for, if any; nothing is sent yet."""
    from language_models.openai_backend import from_environment

    try:
        return from_environment()
    except ValueError as error:
        raise SamplerError(f"sampler 'openai': {error}") from error
