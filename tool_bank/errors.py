"""The tool bank's exceptions.

    BankError
    ├── BankUnavailable    the directory or its record cannot be used; the message says what to mend
    ├── BankFileRefused    an exported file is damaged, changed or cut; stands in bank_file.py
    ├── ToolNotFound       no tool of that name
    ├── StepRefused        a step in a tool's life that cannot be taken: no version to go back to, no alias
    ├── ToolNotCallable    the tool is retired or in quarantine
    ├── ToolCallRefused    the arguments do not fit the tool's parameters; nothing ran
    └── ToolCallFailed     the tool ran and failed; `outcome` holds what the sandbox saw
        └── ToolSchemaFailed   it cannot be imported, or takes what JSON has no word for

A tool that is not fit to enter (no such function in its source, a path for a name) is misuse:
`ValueError`. A search whose embedding model is missing raises `language_models.ModelUnavailable`.
"""

from __future__ import annotations

from sandbox.interface import Outcome


class BankError(Exception):
    """The tool bank could not do what was asked."""


class BankUnavailable(BankError):
    """The bank's directory or record cannot be used."""


class ToolNotFound(BankError):
    """No tool bears that name."""


class StepRefused(BankError):
    """The tool's life has no such step now."""


class ToolNotCallable(BankError):
    """The tool is kept but not served."""


class ToolCallRefused(BankError):
    """The arguments do not fit the tool's parameters."""


class ToolCallFailed(BankError):
    """The tool's program failed."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


class ToolSchemaFailed(ToolCallFailed):
    """No schema can be derived for the tool."""
