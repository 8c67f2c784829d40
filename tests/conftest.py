"""What tests of several rooms need: an engine, or the reason why there is none."""

import os

import pytest

# Also for processes that tests start; tests of traces name a directory.
os.environ["FUNSEARCH_TRACES"] = "off"


@pytest.fixture(scope="session")
def bubblewrap():
    """Skips where bubblewrap cannot run."""
    from sandbox import SandboxUnavailable, open_sandbox

    try:
        open_sandbox("bubblewrap").close()
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def docker_engine():
    """Skips without a Docker engine; in CI that is a failure."""
    from sandbox import SandboxUnavailable, open_sandbox

    try:
        open_sandbox("docker").close()
    except SandboxUnavailable as error:
        if "CI" in os.environ:
            pytest.fail(f"CI must run the docker tests, and cannot: {error}")
        pytest.skip(str(error))
