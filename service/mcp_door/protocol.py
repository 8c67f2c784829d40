"""The catalogue in the words of the Model Context Protocol, of its newest revision and of the older ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import metadata
from typing import Any

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import ListenHandler

from service.mcp_door.calls import Calls
from service.mcp_door.catalogue import Catalogue
from service.mcp_door.changes import Changes
from service.mcp_door.offer import Given, Hints, Offer

NAME = "funsearch"
INSTRUCTIONS = (
    "A bank of tested Python tools. search_tools finds one by what it does, describe_tool tells how it is "
    "called, call_tool runs it in a sandbox. Where none fits, request_tool has one made: ask "
    "tool_request_status until it is there. The most used tools are listed as tools of their own."
)
QUICK = frozenset({"search_tools", "describe_tool", "request_tool", "tool_request_status"})

Context = ServerRequestContext[Any, Any]


class BankServer(Server[Any]):
    """The library's server, which says of itself that its list of tools may change."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """Returns what older clients are told at the handshake."""
        options = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(options, experimental_capabilities, extensions)


class Answers:
    """Answers what clients ask.

    Args:
        catalogue: What they see.
        calls: Runs what blocks.
    """

    def __init__(self, catalogue: Catalogue, calls: Calls) -> None:
        self._catalogue = catalogue
        self._calls = calls

    async def list_tools(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """Lists all tools in one page: they are few."""
        offers = await self._calls.quickly(self._catalogue.offers)
        return types.ListToolsResult(tools=[_tool(offer) for offer in offers])

    async def call_tool(self, _: Context, asked: types.CallToolRequestParams) -> types.CallToolResult:
        """Calls a tool; a failure is a result as well, for the model to read."""
        run = self._calls.quickly if asked.name in QUICK else self._calls.slowly
        return _result(await run(partial(self._catalogue.call, asked.name, asked.arguments or {})))


def server_of(catalogue: Catalogue, calls: Calls) -> BankServer:
    """Returns the server; it watches the bank for as long as it runs."""
    changes, answers = Changes(catalogue, calls), Answers(catalogue, calls)

    @asynccontextmanager
    async def watching(_: Server[Any]) -> AsyncIterator[Mapping[str, Any]]:
        task = asyncio.create_task(changes.watch())
        try:
            yield {}
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def on_initialized(context: Context, _: types.NotificationParams) -> None:
        changes.remember(context.session)

    server = BankServer(
        NAME,
        version=metadata.version("funsearch"),
        instructions=INSTRUCTIONS,
        lifespan=watching,
        get_tool_input_schema=catalogue.takes,
        on_list_tools=answers.list_tools,
        on_call_tool=answers.call_tool,
        on_subscriptions_listen=ListenHandler(changes.bus),
    )
    server.add_notification_handler("notifications/initialized", types.NotificationParams, on_initialized)
    return server


def _tool(offer: Offer) -> types.Tool:
    return types.Tool(
        name=offer.name,
        description=offer.description,
        input_schema=dict(offer.takes),
        output_schema=dict(offer.gives),
        annotations=_annotations(offer.hints),
        _meta=dict(offer.about) or None,
    )


def _annotations(hints: Hints) -> types.ToolAnnotations:
    return types.ToolAnnotations(
        read_only_hint=hints.reads_only,
        destructive_hint=hints.destroys,
        idempotent_hint=hints.is_idempotent,
        open_world_hint=hints.reaches_out,
    )


def _result(given: Given) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(text=given.text)],
        structured_content=None if given.value is None else dict(given.value),
        is_error=given.is_error,
    )
