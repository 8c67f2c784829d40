"""What can go wrong between a client and its server.

UsageError
├── ServerUnavailable   no server answers there, or it does not let this client in
└── RefusedByServer     the server does not do what it was asked for; says why
"""

from __future__ import annotations

from service.errors import UsageError


class ServerUnavailable(UsageError):
    """No server answers, or it does not let this client in."""


class RefusedByServer(UsageError):
    """The server does not do what it was asked for.

    Args:
        message: What was expected, what was found, and the mend.
        kind: The kind of error, as the server names it.
        code: The status of HTTP, as text.
    """

    def __init__(self, message: str, kind: str = "", code: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
