"""What the agent works with, whatever the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from agent.action import Action
from agent.budget import Budget
from agent.tool_creator import CreationLimits
from language_models import ChatBackend
from sandbox import BackendName, Sandbox
from tool_bank import ToolBank
from tool_bank.encoder import Encoder


@dataclass(frozen=True)
class Allowance:
    """What the work on one request may use.

    Attributes:
        budget: Which the request's constraints may narrow.
        creation: What the tools that are made for it may cost; None: none are made.
        plans: How many plans are tried before the tool-calling loop takes over.
        rounds: Of the tool-calling loop; 0 leaves it out.
        seed: Of what models sample.
    """

    budget: Budget = field(default_factory=Budget)
    creation: CreationLimits | None = field(default_factory=CreationLimits)
    plans: int = 4
    rounds: int = 8
    seed: int = 0


@dataclass(frozen=True)
class Means:
    """What the agent works with.

    Attributes:
        directory: Holds the agent's record and the index of documents.
        backend: The model.
        sandbox: Where plans run; tools run in the bank's.
        encoder: Of documents and past requests.
        bank: The tools; None: the agent has none, and can make none.
        actions: What the program around the agent lets it call.
        allowance: What the work on one request may use.
        tool_sandbox: Which backend runs the drafts of tools that are made.
    """

    directory: Path
    backend: ChatBackend
    sandbox: Sandbox
    encoder: Encoder
    bank: ToolBank | None = None
    actions: tuple[Action, ...] = ()
    allowance: Allowance = field(default_factory=Allowance)
    tool_sandbox: BackendName = "auto"
