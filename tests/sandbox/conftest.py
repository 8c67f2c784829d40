"""One sandbox per backend for the whole session, skipped with the reason where it cannot run."""

import os
from collections.abc import Iterator

import pytest

from sandbox import Sandbox, SandboxUnavailable, open_sandbox

BACKENDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]
# FUNSEARCH_TEST_SANDBOX=docker-runsc runs the same tests on an engine that has gVisor.
if "FUNSEARCH_TEST_SANDBOX" in os.environ:
    BACKENDS = [pytest.param(os.environ["FUNSEARCH_TEST_SANDBOX"])]


@pytest.fixture(scope="session")
def docker_box() -> Iterator[Sandbox]:
    yield from _opened("docker", required="CI" in os.environ)


@pytest.fixture(scope="session")
def bubblewrap_box() -> Iterator[Sandbox]:
    yield from _opened("bubblewrap", required=False)


@pytest.fixture(scope="session")
def docker_runsc_box() -> Iterator[Sandbox]:
    yield from _opened("docker-runsc", required=True)


@pytest.fixture(params=BACKENDS)
def box(request: pytest.FixtureRequest) -> Sandbox:
    """Each backend in turn."""
    opened: Sandbox = request.getfixturevalue(f"{request.param.replace('-', '_')}_box")
    return opened


def _opened(name: str, *, required: bool) -> Iterator[Sandbox]:
    try:
        box = open_sandbox(name)
    except SandboxUnavailable as error:
        if required:
            pytest.fail(f"CI must run the {name} tests, and cannot: {error}")
        pytest.skip(str(error))
    with box:
        yield box
