"""How a language model stands on this machine, and which one requests are worked on with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from funsearch import samplers
from language_models import ModelUnavailable
from language_models.catalogue import Model
from language_models.endpoint_address import OPENAI, Address
from language_models.model_files import ensure, folder_of, verify
from language_models.model_memory import estimate


@dataclass(frozen=True)
class Load:
    """What a model is to hold while it runs: conversations of so many tokens, side by side."""

    context_tokens: int = 2048
    slots: int = 4


USUAL = Load()


@dataclass(frozen=True)
class Standing:
    """How a model stands.

    Attributes:
        model: The model.
        folder: Where its files are, or would be.
        is_present: Whether any of them is there.
        fault: Why it cannot be used; "" where it can.
        is_verified: Whether the hashes of its files are right; None where that was not looked at.
        memory: Bytes that it takes while it runs; None where that cannot be told.
    """

    model: Model
    folder: Path
    is_present: bool
    fault: str
    is_verified: bool | None
    memory: int | None


@dataclass(frozen=True)
class ModelInUse:
    """The model that requests are worked on with.

    Attributes:
        kind: Where it runs: behind an endpoint, in this program, or nowhere.
        name: What it is called; "" where the endpoint decides.
        place: The endpoint's host, or the model's file.
        fault: Why it cannot be used; "" as far as can be told without asking it.
    """

    kind: Literal["endpoint", "embedded", "none"]
    name: str
    place: str
    fault: str = ""


def standing_of(
    model: Model, directory: Path | None = None, load: Load = USUAL, *, check: bool = False
) -> Standing:
    """Returns how a model stands; a damaged one is a finding, no error.

    Args:
        model: Which one.
        directory: Where models are kept; None: the usual place.
        load: What its memory is told for.
        check: Whether to compare hashes, which reads all its files.
    """
    folder = folder_of(model, directory)
    is_there = any((folder / file.name).is_file() for file in model.files)
    try:
        ensure(model, directory, download=False)
        if check:
            verify(model, directory)
        memory = _memory(model, folder, load)
    except ModelUnavailable as error:
        return Standing(model, folder, is_there, str(error), False if check else None, None)
    return Standing(model, folder, True, "", True if check else None, memory)


def model_in_use(environment: Mapping[str, str] | None = None) -> ModelInUse:
    """Returns the model that the environment asks for, without its secrets; nothing is loaded or sent."""
    settings = os.environ if environment is None else environment
    name, key = settings.get("FUNSEARCH_MODEL", ""), settings.get("OPENAI_API_KEY", "")
    base_url = settings.get("OPENAI_BASE_URL") or (OPENAI if key and name else "")
    if base_url:
        return _endpoint(name, base_url)
    if name:
        return ModelInUse("none", name, "", "set OPENAI_BASE_URL or OPENAI_API_KEY as well")
    try:
        file = samplers.model_file()
    except ModelUnavailable as error:
        return ModelInUse("none", "", "", str(error))
    fault = "" if file.is_file() else f"{file}: no such file"
    return ModelInUse("embedded", file.stem, str(file), fault)


def _endpoint(name: str, base_url: str) -> ModelInUse:
    try:
        return ModelInUse("endpoint", name, Address.parse(base_url, None).host)
    except ValueError:
        return ModelInUse("none", name, "", "OPENAI_BASE_URL: expected an address of http or https")


def _memory(model: Model, folder: Path, load: Load) -> int | None:
    """Returns the bytes that a model takes under a load; of encoders that cannot be told."""
    if model.kind not in ("llama", "transformers"):
        return None
    place = folder / model.files[0].name if model.kind == "llama" else folder
    return estimate(place, context_tokens=load.context_tokens, slots=load.slots).total
