"""Language models: the embedded one, the endpoint in the environment, the one that searches tools."""

from __future__ import annotations

import os
from collections.abc import Iterator

from funsearch import samplers
from funsearch.exceptions import SamplerError
from language_models import ModelError
from language_models.catalogue import SMOLLM2
from language_models.model_manager import MINILM, ensure
from language_models.openai_backend import from_environment
from language_models.redaction import redacted
from service.examination.finding import Finding, in_one_line

PULL = "funsearch models pull"


def language_models() -> Iterator[Finding]:
    """Yields how the models stand; no key is shown."""
    yield _embedded()
    yield _endpoint()
    yield _encoder()


def _embedded() -> Finding:
    try:
        samplers.check("embedded")
        return Finding("embedded model", "ok", str(samplers.model_file()))
    except (SamplerError, ModelError, OSError) as error:
        named = os.environ.get(samplers.MODEL_FILE_VARIABLE)
        mend = (
            f"unset {samplers.MODEL_FILE_VARIABLE}, or name a GGUF file"
            if named
            else f"{PULL} {SMOLLM2.name}"
        )
        return Finding("embedded model", "failure", in_one_line(str(error)), mend)


def _endpoint() -> Finding:
    name = "model endpoint"
    try:
        backend = from_environment()
        if backend is None:
            return Finding(name, "ok", "none is asked for (OPENAI_BASE_URL is not set)")
        with backend:
            backend.reach()
            return Finding(name, "ok", redacted(f"{backend.name} answers"))
    except (ModelError, ValueError, OSError) as error:
        mend = "check OPENAI_BASE_URL, OPENAI_API_KEY and FUNSEARCH_MODEL, or unset OPENAI_BASE_URL"
        return Finding(name, "failure", redacted(in_one_line(str(error))), mend)


def _encoder() -> Finding:
    try:
        return Finding("tool search model", "ok", str(ensure(MINILM, download=False)))
    except (ModelError, OSError) as error:
        return Finding("tool search model", "failure", in_one_line(str(error)), f"{PULL} {MINILM.name}")
