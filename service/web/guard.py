"""What every request to the server must pass, whatever it is for: a layer around the whole application.

Nothing behind it is reached without the token, from another site, under another host's name, with too long a
body, or too often. It speaks ASGI and knows no framework, so that a part that is added later is guarded too.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from service.web.access import COOKIE, Access
from service.web.login_page import HOME, LOGIN, login_page
from service.web.problems import problem
from service.web.rate_limit import RateLimit

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1 << 20  # bytes
_OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_SAID_ONCE = (
    b"host",
    b"origin",
    b"authorization",
)  # of two, this layer and another might read different ones
_SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with "no-referrer" browsers send our own forms with "Origin: null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    # The library of the plots writes styles; scripts come from our own files alone.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class TooLarge(Exception):
    """A body was longer than allowed."""


class Guard:
    """Lets in who may come in.

    Args:
        app: What is guarded.
        access: Knows the token.
        rate: How often one address may ask.
    """

    def __init__(self, app: App, access: Access, rate: RateLimit) -> None:
        self._app = app
        self._access = access
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        refusal = _ambiguity(scope) or self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, send)
        elif scope["type"] == "http" and _is_about_session(scope):
            await self._session(scope, headers, receive, send)
        elif self._access.admits(headers.get("authorization", ""), _cookies(headers)):
            await self._pass(scope, headers, receive, send)
        else:
            await self._unknown(scope, headers, send)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Refusal | None:
        """Returns the answer to what nobody may do, with the token or without."""
        host = headers.get("host", "")
        if not _OWN_HOST.fullmatch(host):
            return Refusal(421, "wrong_host", f"host: expected this machine's own name, found {host[:80]!r}")
        origin = headers.get("origin")
        if origin not in (None, f"http://{host}", f"https://{host}"):
            return Refusal(
                403, "cross_origin", f"origin: expected this server's own pages, found {origin[:80]!r}"
            )
        if not self._rate.admits(_address(scope)):
            return Refusal(429, "too_many_requests", self._rate.in_words, {"retry-after": "1"})
        if _length(headers) > LARGEST_BODY:
            return _too_large()
        return None

    async def _session(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Opens a session for whoever sends the token in a form, and closes it for whoever wants that."""
        if scope["method"] not in ("POST", "DELETE"):
            await Refusal(405, "method", "session: expected POST or DELETE", {"allow": "POST, DELETE"})(
                scope, send
            )
            return
        cookie = f"{COOKIE}={self._access.session}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"
        if scope["method"] == "DELETE":
            await _answer(send, 204, b"", {"set-cookie": f"{COOKIE}=; Max-Age=0; HttpOnly; Path=/"})
            return
        try:
            body = await _body(receive)
        except TooLarge:
            await _too_large()(scope, send)
            return
        form = parse_qs(body.decode("utf-8", "replace"))
        if self._access.is_token(form.get("token", [""])[0].strip()):
            await _answer(send, 303, b"", {"set-cookie": cookie, "location": HOME})
        else:
            await _ask_for_token(scope, send, is_refused=True)

    async def _unknown(self, scope: Scope, headers: Mapping[str, str], send: Send) -> None:
        """Answers whoever is not known: people with a form, programs with what is expected."""
        wants_page = (
            scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        )
        if wants_page:
            await _ask_for_token(scope, send)
            return
        words = (
            "authorization: expected the header 'Authorization: Bearer TOKEN' with the token of the server; "
            "`funsearch serve` says where its file is"
        )
        await Refusal(401, "unauthorized", words, {"www-authenticate": "Bearer"})(scope, send)

    async def _pass(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Hands a request on, counting its body, and adds what every answer must say."""
        received, has_begun = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > LARGEST_BODY:
                    raise TooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                given = {name.lower() for name, _ in message.get("headers", ())}
                more = [(n.encode(), v.encode()) for n, v in _SAFE.items() if n.encode() not in given]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        try:
            await self._app(scope, counted, with_headers)
        except TooLarge:
            if has_begun:
                raise
            await _too_large()(scope, send)


class Refusal:
    """An answer that is no success, to HTTP or to the opening of a WebSocket."""

    def __init__(
        self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._status = status
        self._body = problem(message, kind, status).model_dump_json().encode()
        self._headers = {"content-type": "application/json", **(headers or {})}

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Sends it."""
        prefix = ""
        if scope["type"] == "websocket":
            if "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": 1008})
                return
            prefix = "websocket."
        await _answer(send, self._status, self._body, self._headers, prefix)


def _is_about_session(scope: Scope) -> bool:
    """Returns whether somebody signs in or out; at home too, where one who is in may send an old form."""
    return scope["path"] == LOGIN or (scope["method"], scope["path"]) == ("POST", HOME)


async def _ask_for_token(scope: Scope, send: Send, *, is_refused: bool = False) -> None:
    page = login_page(scope["path"], is_refused=is_refused)
    await _answer(send, 401, page, {"content-type": "text/html; charset=utf-8"})


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"body: expected at most {LARGEST_BODY:,} bytes, found more")


async def _answer(send: Send, status: int, body: bytes, headers: Mapping[str, str], prefix: str = "") -> None:
    told = {**_SAFE, **headers, "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": f"{prefix}http.response.start", "status": status, "headers": pairs})
    await send({"type": f"{prefix}http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _ambiguity(scope: Scope) -> Refusal | None:
    """Returns the answer to a request that says twice who asks, or whom."""
    names = [name.lower() for name, _ in scope["headers"]]
    twice = next((name.decode() for name in _SAID_ONCE if names.count(name) > 1), None)
    return Refusal(400, "ambiguous", f"{twice}: expected this header once, found it twice") if twice else None


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
