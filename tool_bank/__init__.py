"""Keeps every version of every tool, finds the right one, and runs it in the sandbox.

bank = ToolBank.open("runs/bank")
bank.search("convert '1h30m' to seconds")
bank.call("parse_duration", {"text": "1h30m"})
"""

from tool_bank.aliases import Alias
from tool_bank.bank import ToolBank
from tool_bank.description import ToolDescription
from tool_bank.errors import (
    BankError,
    BankUnavailable,
    StepRefused,
    ToolCallFailed,
    ToolCallRefused,
    ToolNotCallable,
    ToolNotFound,
    ToolSchemaFailed,
)
from tool_bank.record import Event, StoredVersion
from tool_bank.retirement import Grace
from tool_bank.retrieval import Found, Match
from tool_bank.reuse import BankUse
from tool_bank.succession import Entry
from tool_bank.tool import SERVED, Tool
from tool_bank.tool_tests import ToolTest

__all__ = [
    "SERVED",
    "Alias",
    "BankError",
    "BankUnavailable",
    "BankUse",
    "Entry",
    "Event",
    "Found",
    "Grace",
    "Match",
    "StepRefused",
    "StoredVersion",
    "Tool",
    "ToolBank",
    "ToolCallFailed",
    "ToolCallRefused",
    "ToolDescription",
    "ToolNotCallable",
    "ToolNotFound",
    "ToolSchemaFailed",
    "ToolTest",
]
