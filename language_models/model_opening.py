"""Opens a model of a plan by its kind; the heavy libraries load with the first model that needs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from language_models.backend import ChatBackend
from language_models.model_plan import PlannedModel, RunKind

Open: TypeAlias = Callable[[PlannedModel, int], ChatBackend]  # (model, threads) -> loaded backend
Openers: TypeAlias = Mapping[RunKind, Open]


def open_llama(model: PlannedModel, threads: int) -> ChatBackend:
    """Loads a GGUF file."""
    from language_models.llama_backend import LlamaBackend

    return LlamaBackend(
        Path(model.place), context_tokens=model.context_tokens, parallel=model.slots, threads=threads
    )


def open_transformers(model: PlannedModel, threads: int) -> ChatBackend:
    """Loads a transformers directory or hub id."""
    from language_models.transformers_backend import TransformersBackend

    return TransformersBackend(
        model.place, context_tokens=model.context_tokens, parallel=model.slots, threads=threads
    )


def open_endpoint(model: PlannedModel, _threads: int) -> ChatBackend:
    """Connects to an endpoint, which knows the model by the plan's name; the key is in $OPENAI_API_KEY."""
    from language_models.openai_backend import OpenAIBackend

    return OpenAIBackend(model.name, api_key=os.environ.get("OPENAI_API_KEY"), base_url=model.place)


def open_scripted(model: PlannedModel, _threads: int) -> ChatBackend:
    """Answers everything with the plan's text."""
    from language_models.scripted import ScriptedBackend

    return ScriptedBackend([model.place], model.name)


OPENERS: Openers = {
    "llama": open_llama,
    "transformers": open_transformers,
    "endpoint": open_endpoint,
    "scripted": open_scripted,
}
