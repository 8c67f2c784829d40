"""Every route and every socket of the real application asks for the token, and none answers another site."""

import asyncio
import re

import pytest

from service.web.access import Access
from service.web.application import application
from service.web.guard import Guard
from service.web.parts import parts_of, sockets_of
from service.web.rate_limit import RateLimit
from tests.service.served_site import TOKEN, open_site

HOST = "127.0.0.1:8765"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("site"), is_empty=True) as site:
        yield site.served


def routes(served):
    """Returns kind, method and a path of every route that the framework would answer."""
    found = []
    for route in application(parts_of(served), sockets_of(served)).routes:
        path = re.sub(r"\{[^}]*\}", "some", route.path)
        methods = getattr(route, "methods", None)
        found += (
            [("websocket", "GET", path)] if methods is None else [("http", each, path) for each in methods]
        )
    return found


def ask(guard, kind, method, path, headers):
    told = {"host": HOST, "accept": "*/*", **headers}
    scope = {
        "type": kind, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8765),
        "extensions": {"websocket.http.response": {}}, "subprotocols": [],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


def guard_of(served):
    return Guard(application(parts_of(served), sockets_of(served)), Access(TOKEN), RateLimit())


def test_the_application_has_routes_of_every_kind(served):
    found = routes(served)
    assert len(found) > 30
    assert {"/", "/api/openapi.json", "/api/health", "/api/socket", "/v1/chat/completions"} <= {
        path for _, _, path in found
    }
    assert {"http", "websocket"} == {kind for kind, _, _ in found}


def test_no_route_answers_without_the_token(served):
    guard = guard_of(served)
    for kind, method, path in routes(served):
        for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": "funsearch_session=wrong"}):
            sent = ask(guard, kind, method, path, headers)
            assert sent[0]["status"] == 401, (kind, method, path)


def test_no_route_answers_another_site_even_with_the_token(served):
    guard, headers = guard_of(served), {"authorization": f"Bearer {TOKEN}", "origin": "https://evil.example"}
    for kind, method, path in routes(served):
        sent = ask(guard, kind, method, path, headers)
        assert sent[0]["status"] == 403, (kind, method, path)


def test_with_the_token_routes_answer(served):
    # The control: the refusals above are not what these paths say anyway.
    sent = ask(guard_of(served), "http", "GET", "/api/health", {"authorization": f"Bearer {TOKEN}"})
    assert sent[0]["status"] == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/static", "/.env"])
def test_nothing_else_is_served(served, path):
    sent = ask(guard_of(served), "http", "GET", path, {"authorization": f"Bearer {TOKEN}"})
    assert sent[0]["status"] == 404


@pytest.mark.parametrize(
    "path",
    ["/page/../../../etc/passwd", "/page/..%2f..%2fpyproject.toml", "/api/runs/..", "/api/runs/%2e%2e",
     "/api/runs/../agent", "/api/runs//etc/passwd", "/api/runs/..%2fagent", "/page/", "/page/\x00"],
)  # fmt: skip
def test_no_path_leads_out(served, path):
    sent = ask(guard_of(served), "http", "GET", path, {"authorization": f"Bearer {TOKEN}"})
    assert sent[0]["status"] in (404, 422)
    assert b"root:" not in sent[1]["body"]
