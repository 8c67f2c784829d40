"""Bubblewrap run by an ordinary user: behaviours and attacks hold in nested namespaces, too.

As anybody but root, the conformance tests have done it already.
"""

import os

import pytest

from sandbox import Sandbox
from sandbox.self_check import behaviour_names
from tests.sandbox.attacks.suite import ATTACKS
from tests.sandbox.somebody import USER, Somebody


@pytest.mark.bubblewrap
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_behaviours_and_attacks_hold_for_an_ordinary_user(bubblewrap_box: Sandbox, somebody: Somebody):
    printed, complaints = somebody.told()
    if "are user namespaces allowed here?" in complaints:
        pytest.skip("user namespaces are not allowed to ordinary users here")
    wanted = f"{len(behaviour_names())} checks and {len(ATTACKS)} attacks by user {USER}\n"
    assert printed == wanted, complaints
