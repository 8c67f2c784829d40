"""The embedded model, loaded once for all tests that run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from language_models import ModelUnavailable
from language_models.llama_backend import LlamaBackend
from language_models.model_manager import SMOLLM2, weights


@pytest.fixture(scope="session")
def model_path() -> Path:
    try:
        return weights(SMOLLM2, download=False)
    except ModelUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def llama(model_path: Path) -> Iterator[LlamaBackend]:
    with LlamaBackend(model_path, context_tokens=512, parallel=4) as backend:
        yield backend
