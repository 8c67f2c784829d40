"""The parts of the server, in one list: what answers first where two would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.web.bank_api import BankApi
from service.web.health_api import HealthApi
from service.web.page_files import PageFiles
from service.web.requests_api import RequestsApi
from service.web.route import Part, SocketHandler
from service.web.served import Served


def parts_of(served: Served) -> Sequence[Part]:
    """Returns all that answers by HTTP."""
    return (
        HealthApi(served),
        PageFiles(served),
        RequestsApi(served),
        BankApi(served),
    )


def sockets_of(served: Served) -> Mapping[str, SocketHandler]:
    """Returns who serves the WebSockets of each path."""
    return {}
