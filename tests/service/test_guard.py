"""Nothing behind the guard is reached by whoever may not come in, whatever is added behind it."""

import asyncio
import json

import pytest

from service.web.access import COOKIE, Access
from service.web.guard import LARGEST_BODY, Guard
from service.web.rate_limit import RateLimit

TOKEN = "a-token-of-the-tests"
HOST = "127.0.0.1:8765"
BARE = "bare websocket"  # of a server that can refuse one in no other way than by closing it
KNOWN = {"authorization": f"Bearer {TOKEN}"}


DISGUISED = ["evil.example@127.0.0.1", "127.0.0.1/.evil.example", "127.0.0.1#.evil.example", "localhost:x"]


class Inner:
    """What is guarded: counts who came through, and reads their bodies."""

    def __init__(self):
        self.reached = 0
        self.body = b""

    async def __call__(self, scope, receive, send):
        self.reached += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        more = True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inner", b"1")]})
        await send({"type": "http.response.body", "body": b"inside"})


def ask(guard, *, method="GET", path="/", headers=None, chunks=(b"",), kind="http"):
    """Sends one request to the guard; returns the messages that it answers."""
    told = {"host": HOST, **(headers or {})}
    scope = {
        "type": kind.removeprefix("bare "),
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in told.items() if value is not None],
        "client": ("127.0.0.1", 5000),
        "extensions": {} if kind == BARE else {"websocket.http.response": {}},
    }
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        for number, chunk in enumerate(chunks)
    ]
    sent = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


def status(sent):
    return sent[0]["status"]


def header(sent, name):
    return dict(sent[0]["headers"]).get(name.encode(), b"").decode()


@pytest.fixture
def inner():
    return Inner()


@pytest.fixture
def guard(inner):
    return Guard(inner, Access(TOKEN), RateLimit())


def test_whoever_has_the_token_comes_in(guard, inner):
    assert status(ask(guard, headers=KNOWN)) == 200
    assert inner.reached == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": TOKEN},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer \u00e9\u00e9\u00e9"},
        {"cookie": f"{COOKIE}={TOKEN}"},
        {"cookie": f"{COOKIE}="},
        {"cookie": ";;;=\x01"},
        {"x-token": TOKEN},
    ],
)
def test_whoever_has_not_the_token_stays_outside(guard, inner, headers):
    sent = ask(guard, headers=headers)
    assert status(sent) == 401
    assert header(sent, "www-authenticate") == "Bearer"
    assert TOKEN not in str(sent)
    assert inner.reached == 0


def test_a_token_in_the_address_lets_nobody_in(guard, inner):
    assert status(ask(guard, path=f"/?token={TOKEN}")) == 401
    assert inner.reached == 0


def test_a_session_is_opened_with_the_token_and_lets_in(guard, inner):
    sent = ask(guard, method="POST", path="/session", chunks=[f"token={TOKEN}".encode()])
    assert status(sent) == 303
    cookie = header(sent, "set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert status(ask(guard, headers={"cookie": cookie.partition(";")[0]})) == 200
    assert inner.reached == 1


@pytest.mark.parametrize("path", ["/", "/session"])
def test_a_wrong_token_opens_no_session(guard, path):
    sent = ask(guard, method="POST", path=path, chunks=[b"token=guessed"])
    assert status(sent) == 401
    assert not header(sent, "set-cookie")
    assert b"not the token" in sent[1]["body"]


def test_a_browser_without_a_session_is_asked_for_the_token(guard, inner):
    sent = ask(guard, headers={"accept": "text/html,*/*"})
    assert status(sent) == 401
    assert b"<form" in sent[1]["body"]
    assert inner.reached == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.7:8765", "", "[::1", *DISGUISED]
)
def test_another_hosts_name_is_refused_even_with_the_token(guard, inner, host):
    assert status(ask(guard, headers={**KNOWN, "host": host})) == 421
    assert inner.reached == 0


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("name", ["Host", "Origin", "Authorization"])
def test_what_is_said_twice_is_refused_though_one_of_them_is_right(guard, inner, kind, name):
    right = {**KNOWN, "origin": f"http://{HOST}"}
    assert status(ask(guard, headers={**right, "X-Host": "evil.example"})) == 200
    assert status(ask(guard, headers={name: "evil.example", **right}, kind=kind)) == 400
    assert inner.reached == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST", "localhost:1", "[::1]:8765"])
def test_this_machines_names_are_taken(guard, host):
    assert status(ask(guard, headers={**KNOWN, "host": host})) == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://[", "", "http://127.0.0.1:1", "http://localhost:8765"]
)
def test_another_sites_pages_are_refused_even_with_the_token(guard, inner, origin):
    assert status(ask(guard, headers={**KNOWN, "origin": origin})) == 403
    assert inner.reached == 0


def test_the_servers_own_pages_may_ask(guard):
    sent = ask(guard, headers={**KNOWN, "origin": f"http://{HOST}"})
    assert status(sent) == 200
    assert not header(sent, "access-control-allow-origin")


def test_a_body_that_says_it_is_too_long_is_refused_unread(guard, inner):
    sent = ask(
        guard, method="POST", path="/api/requests", headers={**KNOWN, "content-length": str(LARGEST_BODY + 1)}
    )
    assert status(sent) == 413
    assert inner.reached == 0


def test_a_body_that_grows_too_long_is_cut_off(guard, inner):
    half = b"x" * (LARGEST_BODY // 2 + 1)
    sent = ask(guard, method="POST", path="/api/requests", headers=KNOWN, chunks=[half, half, half])
    assert status(sent) == 413
    assert len(inner.body) <= LARGEST_BODY


def test_a_body_of_just_the_size_goes_through(guard, inner):
    sent = ask(guard, method="POST", path="/api/requests", headers=KNOWN, chunks=[b"x" * LARGEST_BODY])
    assert status(sent) == 200
    assert len(inner.body) == LARGEST_BODY


def test_a_login_form_that_grows_too_long_is_cut_off(guard):
    sent = ask(guard, method="POST", path="/session", chunks=[b"x" * LARGEST_BODY, b"x"])
    assert status(sent) == 413


def test_who_asks_too_often_waits(inner):
    guard = Guard(inner, Access(TOKEN), RateLimit(3))
    assert [status(ask(guard, headers=KNOWN)) for _ in range(5)] == [200, 200, 200, 429, 429]
    assert inner.reached == 3


def test_guessing_counts_as_asking(inner):
    guard = Guard(inner, Access(TOKEN), RateLimit(2))
    for _ in range(2):
        ask(guard, method="POST", path="/session", chunks=[b"token=guessed"])
    assert status(ask(guard, headers=KNOWN)) == 429


def test_every_answer_says_what_browsers_must_keep_to(guard):
    for headers in (KNOWN, {}):
        sent = ask(guard, headers=headers)
        assert "script-src 'self';" in header(sent, "content-security-policy")
        assert header(sent, "x-content-type-options") == "nosniff"
        assert header(sent, "cache-control") == "no-store"


def test_a_socket_without_the_token_is_not_opened(guard, inner):
    sent = ask(guard, kind="websocket")
    assert sent[0]["type"] == "websocket.http.response.start"
    assert status(sent) == 401
    assert json.loads(sent[1]["body"])["error"]["type"] == "unauthorized"
    assert ask(guard, kind=BARE)[0]["type"] == "websocket.close"
    assert inner.reached == 0


def test_a_socket_of_another_site_is_not_opened(guard, inner):
    sent = ask(guard, kind="websocket", headers={**KNOWN, "origin": "https://evil.example"})
    assert status(sent) == 403
    assert inner.reached == 0


def test_a_socket_with_the_token_is_opened(guard, inner):
    assert ask(guard, kind="websocket", headers=KNOWN)[0]["type"] == "websocket.accept"
    assert inner.reached == 1
