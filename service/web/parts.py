"""The parts of the server, in one list: what answers first where two would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.web.bank_api import BankApi
from service.web.completions_api import CompletionsApi
from service.web.health_api import HealthApi
from service.web.models_api import ModelsApi
from service.web.page_files import PageFiles
from service.web.request_socket import RequestSocket
from service.web.requests_api import RequestsApi
from service.web.route import Part, SocketHandler
from service.web.runs_api import RunsApi
from service.web.served import Served
from service.web.socket_api import SocketApi
from service.web.traces_api import TracesApi


def parts_of(served: Served) -> Sequence[Part]:
    """Returns all that answers by HTTP."""
    return (
        HealthApi(served),
        PageFiles(served),
        RunsApi(served),
        RequestsApi(served),
        SocketApi(),
        BankApi(served),
        ModelsApi(served),
        TracesApi(served),
        CompletionsApi(served),
    )


def sockets_of(served: Served) -> Mapping[str, SocketHandler]:
    """Returns who serves the WebSockets of each path."""
    return {"/api/socket": RequestSocket(served).serve}
