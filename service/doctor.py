"""`funsearch doctor` examines whether the sandbox holds here and everything that a run needs is there."""

from __future__ import annotations

from dataclasses import dataclass

from funsearch import samplers
from funsearch.exceptions import SamplerError
from language_models import ModelError
from language_models.model_manager import MINILM, ensure
from sandbox import SandboxUnavailable, open_sandbox
from sandbox.opening import BackendName
from sandbox.self_check import run_self_check


@dataclass(frozen=True)
class Finding:
    """One thing that was examined."""

    name: str
    ok: bool
    detail: str


def examine(backend: BackendName) -> list[Finding]:
    """Returns what was found, sandbox first; a sandbox that cannot be opened is a finding too."""
    return [*_sandbox(backend), _embedded_model(), _encoder()]


def _sandbox(backend: BackendName) -> list[Finding]:
    try:
        with open_sandbox(backend) as box:
            checks = run_self_check(box)
            opened = Finding(f"sandbox {backend}", True, f"runs as {box.backend}")
    except SandboxUnavailable as error:
        return [Finding(f"sandbox {backend}", False, str(error))]
    return [opened, *(Finding(check.name, check.held, check.found) for check in checks)]


def _embedded_model() -> Finding:
    try:
        samplers.check("embedded")
    except SamplerError as error:
        return Finding("embedded model", False, str(error))
    return Finding("embedded model", True, str(samplers.model_file()))


def _encoder() -> Finding:
    try:
        return Finding("tool search model", True, str(ensure(MINILM, download=False)))
    except ModelError as error:
        return Finding("tool search model", False, str(error))
