"""Samplers by name, and how each is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from funsearch.block_chat_sampler import BlockChatSampler
from funsearch.block_mutation_sampler import BlockMutationSampler
from funsearch.chat_sampler import ChatSampler
from funsearch.completion_sampler import BODY_PROFILE, EXPRESSION_PROFILE, CompletionSampler
from funsearch.config import RunConfig
from funsearch.edit_sampler import EditSampler
from funsearch.exceptions import SamplerError
from funsearch.mutation_sampler import MutationSampler
from funsearch.sampler import Sampler
from funsearch.stream import Cost, StreamPlan
from language_models import ChatBackend, ModelError
from language_models.pace import PacedBackend
from language_models.token_window import TokenWindow
from language_models.traced_backend import TracedBackend, TracedCompleter
from language_models.traces import VARIABLE as TRACES_VARIABLE
from language_models.traces import traces_from
from programs import BlockSpecification, Specification

if TYPE_CHECKING:
    from language_models.openai_backend import OpenAIBackend

AnySpecification: TypeAlias = Specification | BlockSpecification

NO_BLOCKS = "the embedded model continues single functions, and this task evolves a block"
CHAT_TOKENS = 2048  # of a conversation with the embedded model
MOST_CHAT_THREADS = 8  # of the embedded model; beyond, memory sets its pace
CREATING, EVOLVING = "create a tool", "evolve"  # purposes of exchanges, as their traces say
MODEL_FILE_VARIABLE = "FUNSEARCH_MODEL_FILE"


def default_samplers(specification: AnySpecification | None = None) -> tuple[str, ...]:
    """Returns the ensemble used where none is asked for; an endpoint in the environment joins it."""
    embedded = () if isinstance(specification, BlockSpecification) else ("embedded",)
    return ("mutation", *embedded, *(("openai",) if _endpoint() else ()))


def plans(config: RunConfig) -> list[StreamPlan]:
    """Returns how each sampler of the run is used.

    The embedded model's window is 2: one prompt is being answered while the candidates of another are scored.
    """
    return [_plan(name, config) for name in config.samplers]


def _plan(name: str, config: RunConfig) -> StreamPlan:
    cost = _kind(name).cost
    window = {"free": config.prompts_in_flight, "core": 2, "tokens": config.requests_in_flight}[cost]
    samples = config.samples_per_request if cost == "tokens" else config.samples_per_prompt
    return StreamPlan(name, samples, window, cost)


def build(name: str, specification: AnySpecification, config: RunConfig) -> Sampler:
    """Returns the sampler of that name, its model loaded.

    Raises:
        SamplerError: There is no such sampler, or its model cannot be had; the message says what to do.
    """
    with _told_by(name):
        return _kind(name).build(specification, config)


def check(name: str, specification: AnySpecification | None = None) -> None:
    """Raises `SamplerError` where the sampler could not work, without loading a model."""
    with _told_by(name):
        _kind(name).check()
    if name == "embedded" and isinstance(specification, BlockSpecification):
        raise SamplerError(f"sampler 'embedded': {NO_BLOCKS}; leave it out with --samplers mutation")


def left_out(specification: AnySpecification, names: Sequence[str]) -> dict[str, str]:
    """Returns the samplers that cannot take part in a task, with the reason, as facts of a run."""
    if isinstance(specification, BlockSpecification) and "embedded" not in names:
        return {"sampler embedded": f"left out: {NO_BLOCKS}"}
    return {}


def model_file() -> Path:
    """Returns the GGUF file of the embedded model: $FUNSEARCH_MODEL_FILE, else SmolLM2 as fetched."""
    from language_models.model_manager import SMOLLM2, weights

    named = os.environ.get(MODEL_FILE_VARIABLE)
    return Path(named) if named else weights(SMOLLM2, download=False)


@contextmanager
def chat_backend(context_tokens: int = CHAT_TOKENS) -> Iterator[ChatBackend]:
    """Opens the model that writes whole programs: the endpoint in the environment, else the embedded one.

    The embedded one has all the cores: whoever asks waits for its reply.

    Args:
        context_tokens: Of the embedded model.

    Raises:
        ModelUnavailable: There is neither.
    """
    traces = traces_from()
    endpoint = _endpoint()
    if endpoint is not None:
        with endpoint:
            yield TracedBackend(endpoint, traces, CREATING)
        return
    from language_models.llama_backend import LlamaBackend
    from language_models.machine_memory import available_cores

    threads = min(available_cores(), MOST_CHAT_THREADS)
    with LlamaBackend(model_file(), context_tokens=context_tokens, threads=threads) as embedded:
        yield TracedBackend(embedded, traces, CREATING)


def traces_in_words() -> str:
    """Returns where exchanges with models are kept, for a run's first lines."""
    traces = traces_from()
    if traces is None:
        return f"none: {TRACES_VARIABLE} is off"
    return f"every exchange with a model is kept in {traces.directory}; `funsearch traces` shows them"


def _check_model_file(path: Path) -> None:
    from language_models.llama_backend import check_file

    check_file(path)


def _mutation(specification: AnySpecification, config: RunConfig) -> Sampler:
    if isinstance(specification, BlockSpecification):
        return BlockMutationSampler(specification)
    return MutationSampler(specification)


def _embedded(specification: AnySpecification, config: RunConfig) -> Sampler:
    from language_models.llama_backend import LlamaBackend

    if isinstance(specification, BlockSpecification):
        raise SamplerError(f"sampler 'embedded': {NO_BLOCKS}")
    path = model_file()
    profile = EXPRESSION_PROFILE if path.name.startswith("SmolLM2") else BODY_PROFILE
    model = TracedCompleter(LlamaBackend(path), traces_from(), EVOLVING)
    return CompletionSampler(model, specification, profile)


def _openai(specification: AnySpecification, config: RunConfig) -> Sampler:
    if isinstance(specification, BlockSpecification):
        return BlockChatSampler(_paced_endpoint(config), specification)
    return ChatSampler(_paced_endpoint(config), specification)


def _openai_edits(specification: AnySpecification, config: RunConfig) -> Sampler:
    return EditSampler(_paced_endpoint(config), specification)


def _paced_endpoint(config: RunConfig) -> ChatBackend:
    """Returns the endpoint, its exchanges kept, held to the run's rates where it has any."""
    endpoint = TracedBackend(_required_endpoint(), traces_from(), EVOLVING)
    requests, tokens = config.requests_per_minute, config.tokens_per_minute
    if requests is None and tokens is None:
        return endpoint
    return PacedBackend(endpoint, requests, None if tokens is None else TokenWindow(tokens))


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


@dataclass(frozen=True)
class _Kind:
    """How a sampler is built, and how it is found out early that it cannot be."""

    build: Callable[[AnySpecification, RunConfig], Sampler]
    check: Callable[[], object]
    cost: Cost


_KINDS = {
    "mutation": _Kind(_mutation, lambda: None, "free"),
    "embedded": _Kind(_embedded, lambda: _check_model_file(model_file()), "core"),
    "openai": _Kind(_openai, lambda: _required_endpoint().reach(), "tokens"),
    "openai-edits": _Kind(_openai_edits, lambda: _required_endpoint().reach(), "tokens"),
}


def _kind(name: str) -> _Kind:
    if name not in _KINDS:
        raise SamplerError(f"sampler: expected one of {', '.join(_KINDS)}, found {name!r}")
    return _KINDS[name]


@contextmanager
def _told_by(name: str) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise SamplerError(f"sampler {name!r}: {error}; or leave it out with --samplers mutation") from error
