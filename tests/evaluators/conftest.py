"""The sandboxes that other people's evaluators run in."""

import pytest

from sandbox import SandboxUnavailable, open_sandbox


@pytest.fixture(scope="module", params=["docker", "bubblewrap"])
def box(request):
    try:
        opened = open_sandbox(request.param)
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with opened:
        yield opened
