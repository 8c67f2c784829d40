"""A client of `funsearch serve`, for programs and for the command line.

    async with RequestClient("http://127.0.0.1:8765") as client:
        request = await client.create("How many seconds are 2d4h?")
        async for event in client.watch(request):
            ...

It connects again by itself, sends again what was not answered, and goes on after the last event that came.
"""

from service.client.errors import RefusedByServer, ServerUnavailable
from service.client.request_client import RequestClient

__all__ = ["RefusedByServer", "RequestClient", "ServerUnavailable"]
