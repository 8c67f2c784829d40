"""What the request socket understands, for those who write clients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from service.web import messages
from service.web.route import Reply, Route


class SocketApi:
    """Describes the request socket."""

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        return (Route("GET", "/api/socket/messages.json", described),)


def described() -> Any:  # noqa: ANN401 - JSON schemas
    """Returns the JSON schemas."""
    return Reply(json.dumps(messages.schemas(), ensure_ascii=False).encode(), "application/json")


# The one description of the socket, which OpenAPI has no place of its own for.
described.__doc__ = f"Returns the JSON schemas of the messages of the request socket.\n\n{messages.__doc__}"
