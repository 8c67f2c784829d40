"""Runs untrusted Python under limits; knows nothing of search, scores or tools."""

from sandbox.interface import (
    CallResult,
    Limits,
    Outcome,
    Sandbox,
    SandboxBroken,
    SandboxError,
    SandboxUnavailable,
    Session,
)
from sandbox.opening import BackendName, open_sandbox

__all__ = [
    "BackendName",
    "CallResult",
    "Limits",
    "Outcome",
    "Sandbox",
    "SandboxBroken",
    "SandboxError",
    "SandboxUnavailable",
    "Session",
    "open_sandbox",
]
