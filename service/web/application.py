"""The web application: the one file that knows FastAPI. It joins the parts, and owns no logic of theirs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect

from service.errors import expected
from service.web.problems import ProblemBody, openai_problem, problem, problem_of, status_of
from service.web.route import Closed, Part, Reply, Route, SocketHandler

DESCRIPTION = "/api/openapi.json"
OPENAI = "/v1/"  # what is under it speaks as OpenAI does


def application(parts: Sequence[Part], sockets: Mapping[str, SocketHandler]) -> FastAPI:
    """Returns the application of some parts, not guarded yet.

    Args:
        parts: Whose routes it answers; the first that fits a path does.
        sockets: Who serves the WebSockets of each path.
    """
    app = FastAPI(
        title="funsearch",
        summary="Runs, tools and requests of one engine.",
        openapi_url=DESCRIPTION,
        docs_url=None,  # these pages would be fetched from another site
        redoc_url=None,
        redirect_slashes=False,
    )
    for part in parts:
        for route in part.routes():
            _add(app, route)
    for path, serve in sockets.items():
        app.add_api_websocket_route(path, _socket(serve))
    for kind in expected():
        app.add_exception_handler(kind, _on_expected)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    return app


def _add(app: FastAPI, route: Route) -> None:
    app.add_api_route(
        route.path,
        _answering(route.handler),
        methods=[route.method],
        status_code=route.status,
        response_model=route.result,
        include_in_schema=route.is_described,
        responses={"4XX": {"model": ProblemBody, "description": "It cannot be answered as it stands."}},
        description=inspect.getdoc(route.handler),
    )


def _answering(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the handler with its replies turned into the framework's."""
    signature = inspect.signature(handler, eval_str=True)

    @functools.wraps(handler)
    def plain(**values: Any) -> Any:  # noqa: ANN401 - whatever the handler takes and gives
        return _response(handler(**values))

    @functools.wraps(handler)
    async def waiting(**values: Any) -> Any:  # noqa: ANN401 - as above
        return _response(await handler(**values))

    wrapped: Any = waiting if inspect.iscoroutinefunction(handler) else plain
    wrapped.__signature__ = signature.replace(return_annotation=Any)
    answering: Callable[..., Any] = wrapped
    return answering


def _response(value: Any) -> Any:  # noqa: ANN401 - as the handler gives it
    if not isinstance(value, Reply):
        return value
    if isinstance(value.body, bytes):
        return Response(value.body, value.status, dict(value.headers), value.media_type)
    return StreamingResponse(value.body, value.status, dict(value.headers), value.media_type)


def _socket(serve: SocketHandler) -> Callable[[WebSocket], Any]:
    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        connection = _Connection(socket)
        try:
            await serve(connection)
        except Closed:
            return
        await connection.close(1000, "")

    return endpoint


class _Connection:
    """A WebSocket of the framework; keeps `route.Connection`."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> str | bytes:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Closed
        text: str | None = message.get("text")
        return message["bytes"] if text is None else text

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except (RuntimeError, WebSocketDisconnect) as error:
            raise Closed from error

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except (RuntimeError, WebSocketDisconnect):
            return


async def _on_expected(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse(problem_of(error).model_dump(), status_of(error))


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith(OPENAI):
        return JSONResponse(openai_problem(_in_words(error)), 400)
    return JSONResponse(problem(_in_words(error), "invalid_request", 422).model_dump(), 422)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    told: Any = problem(str(error.detail), "http", error.status_code).model_dump()
    if request.url.path.startswith(OPENAI):
        told = openai_problem(str(error.detail))
    return JSONResponse(told, error.status_code, headers=error.headers)


def _in_words(error: RequestValidationError) -> str:
    """Returns what was wrong with a request, field by field; what was sent is not repeated at length."""
    told = []
    for each in error.errors()[:5]:
        where = ".".join(str(part) for part in each["loc"])
        told.append(f"{where}: {each['msg']}, found {each.get('input')!r:.80}")
    return "; ".join(told)
