"""What can go wrong with a run.

    FunsearchError
    ├── ConfigError      a setting makes no sense (also a ValueError)
    ├── TaskError        there is no such task, or it cannot be used (also a ValueError)
    ├── SamplerError     a sampler cannot be built, or did not do its work
    ├── RunError         a run cannot start or go on; the message says why and what to do
    │   └── JournalError the journal cannot be opened, read or written
    ├── CreationError    a tool cannot be made as it was asked for (also a ValueError)
    └── WorkersLost      the machinery behind the workers failed; the run can be resumed once it is mended

A candidate that fails is none of these: it is a value (`evaluators.Evaluation`).
"""

from __future__ import annotations


class FunsearchError(Exception):
    """Something that a user can mend."""


class ConfigError(FunsearchError, ValueError):
    """A setting makes no sense."""


class TaskError(FunsearchError, ValueError):
    """There is no such task, or it cannot be used."""


class SamplerError(FunsearchError):
    """A sampler cannot be built, or did not do its work."""


class RunError(FunsearchError):
    """A run cannot start or go on."""


class JournalError(RunError):
    """The journal cannot be opened, read or written."""


class WorkersLost(FunsearchError):
    """The machinery behind the workers failed for good."""


class CreationError(FunsearchError, ValueError):
    """A tool cannot be made as it was asked for."""
