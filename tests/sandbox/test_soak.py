"""Nothing piles up over many calls, and nothing outlives a killed owner. `experiments/soak_sandbox.py` does more."""

import pytest

from experiments.soak_sandbox import seconds_to_end, soak
from sandbox import Sandbox


@pytest.mark.slow
def test_two_thousand_calls_leave_nothing_and_memory_stays_flat(box: Sandbox):
    found = soak(box.backend, 2000)
    assert found.wrong == 0
    assert found.left == ()
    assert found.owner_bytes < 4 << 20
    assert found.candidate_bytes < 4 << 20
    assert found.container_bytes < 8 << 20
    assert found.container_peak > 8 << 20  # it was really read: a Python with numpy holds more


@pytest.mark.slow
@pytest.mark.parametrize("state", ["idle", "calling"])
def test_owners_killed_again_and_again_leave_nothing(box: Sandbox, state: str):
    assert max(seconds_to_end(box.backend, state) for _ in range(5)) < 5
