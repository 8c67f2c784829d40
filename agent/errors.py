"""The agent's exceptions.

    AgentError
    ├── AgentUnavailable   the agent's record cannot be used; the message says what to mend
    ├── RequestRefused     a request that cannot be worked on: empty, contradictory, ... (also a ValueError)
    ├── RequestNotFound    no request of that id
    ├── StepRefused        a change that a request's state does not allow
    ├── FactRefused        what is not to be remembered of a user: they did not say it (also a ValueError)
    ├── FactNotFound       nothing is remembered by that number
    └── BudgetExhausted    a request has used up what it may

Two more are no errors but the end of one turn of work: `Suspended` (the request waits for its user) and
`Canceled`. Whatever a tool or a plan does wrong is a value, as evidence for the next plan.
"""

from __future__ import annotations


class AgentError(Exception):
    """Something that a user can mend."""


class AgentUnavailable(AgentError):
    """The agent's record cannot be used."""


class RequestRefused(AgentError, ValueError):
    """A request that cannot be worked on."""


class RequestNotFound(AgentError):
    """There is no request of that id."""


class StepRefused(AgentError):
    """A change that the state of a request does not allow."""


class FactRefused(AgentError, ValueError):
    """What is not to be remembered of a user."""


class FactNotFound(AgentError):
    """Nothing is remembered by that number."""


class BudgetExhausted(AgentError):
    """A request has used up what it may."""


class Suspended(Exception):
    """The request waits for its user; the work goes on from its record when the answer is there."""


class Canceled(Exception):
    """The user has taken the request back."""
