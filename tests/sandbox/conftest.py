"""One sandbox per backend for the whole session, skipped with the reason where it cannot run."""

import shutil
from collections.abc import Iterator

import pytest

from sandbox import Sandbox, SandboxUnavailable, open_sandbox
from sandbox.opening import BackendName
from tests.sandbox.backends import BACKENDS, leave_out
from tests.sandbox.somebody import Somebody, make_readable_python
from tests.sandbox.trial import Trial


@pytest.fixture(scope="session")
def docker_box() -> Iterator[Sandbox]:
    yield from _opened("docker")


@pytest.fixture(scope="session")
def bubblewrap_box() -> Iterator[Sandbox]:
    yield from _opened("bubblewrap")


@pytest.fixture(scope="session")
def docker_runsc_box() -> Iterator[Sandbox]:
    yield from _opened("docker-runsc")


@pytest.fixture(params=BACKENDS)
def box(request: pytest.FixtureRequest) -> Sandbox:
    """Each backend in turn."""
    opened: Sandbox = request.getfixturevalue(f"{request.param.replace('-', '_')}_box")
    return opened


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Iterator[dict[str, Trial]]:
    """The attacks that were asked for, under way on every backend at once, and by an ordinary user."""
    wanted: dict[BackendName, list[str]] = {}
    for item in request.session.items:
        if "trials" in getattr(item, "fixturenames", ()):
            found = item.callspec.params  # type: ignore[attr-defined]
            wanted.setdefault(found["backend"], []).append(found["name"])
        if "somebody" in getattr(item, "fixturenames", ()):
            request.getfixturevalue("somebody")
    running = {backend: Trial(backend, names) for backend, names in wanted.items()}
    yield running
    for trial in running.values():
        trial.close()


@pytest.fixture(scope="session")
def somebody() -> Iterator[Somebody]:
    """The behaviours and attacks as an ordinary user tries them, under way."""
    folder = make_readable_python()
    try:
        with Somebody(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder)


def _opened(name: BackendName) -> Iterator[Sandbox]:
    try:
        box = open_sandbox(name)
    except SandboxUnavailable as error:
        leave_out(name, error)
    with box:
        yield box
