"""The backends that every test of the sandbox runs on."""

import os
from typing import NoReturn

import pytest

BACKENDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]
# FUNSEARCH_TEST_SANDBOX=docker-runsc runs the same tests on an engine that has gVisor.
if "FUNSEARCH_TEST_SANDBOX" in os.environ:
    BACKENDS = [pytest.param(os.environ["FUNSEARCH_TEST_SANDBOX"])]


def leave_out(backend: str, reason: object) -> NoReturn:
    """Skips a test whose backend cannot run here, or fails it where the backend was asked for."""
    if backend == "docker-runsc" or (backend == "docker" and "CI" in os.environ):
        pytest.fail(f"the {backend} tests were asked for, and cannot run: {reason}")
    pytest.skip(str(reason))
