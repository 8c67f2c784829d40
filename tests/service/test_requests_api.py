"""Requests by HTTP: filed, listed, shown with their events, answered, updated, canceled."""

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest

from agent.agent_file import open_record
from agent.request import Outcome, Question, State
from agent.requests.request_store import RequestStore
from service.web.application import application
from service.web.requests_api import RequestsApi


@pytest.fixture
def store(tmp_path):
    database = open_record(tmp_path)
    yield RequestStore(database)
    database.close()


@pytest.fixture
def ask(store):
    """Sends one request to the API; returns status and body."""
    served = SimpleNamespace(requests=store, database=store._database)
    app = application([RequestsApi(served)], {})

    def ask(method, path, body=None, **query):
        async def send():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                url = f"/api/requests{path}"
                content = None if body is None else json.dumps(body)
                kind = {"content-type": "application/json"}
                return await client.request(method, url, content=content, headers=kind, params=query or None)

        answer = asyncio.run(send())
        return answer.status_code, answer.json()

    return ask


WISH = {"objective": "How warm is it?", "requirements": ["answer > 0"], "constraints": ["at most 5 steps"]}
ORDER = {"name": "double_it", "description": "Doubles a number.", "examples": ["double_it(2) == 4"]}


def test_a_request_is_filed_and_shown_with_all_that_was_wanted(ask):
    status, card = ask("POST", "", {**WISH, "id": "w1", "user": "ann", "tool": ORDER})
    assert (status, card["id"], card["state"]) == (201, "w1", "NOT_STARTED")
    assert card["wish"] == {
        **WISH, "documents": [], "user": "ann", "tool": {**ORDER, "signature": None},
    }  # fmt: skip
    assert [event["kind"] for event in card["events"]] == ["created"]
    assert ask("GET", "/w1") == (200, card)


def test_filing_twice_under_one_id_is_filing_once(ask):
    assert ask("POST", "", {**WISH, "id": "w1"})[0] == 201
    assert ask("POST", "", {**WISH, "id": "w1"})[0] == 201
    status, body = ask("POST", "", {"objective": "Another", "id": "w1"})
    assert (status, body["error"]["type"]) == (422, "RequestRefused")
    assert ask("GET", "")[1]["total"] == 1


def test_requests_are_listed_in_pages_the_newest_first(ask, store):
    for number in range(5):
        ask("POST", "", {"objective": f"number {number}", "id": f"w{number}"})
    store.cancel("w3")
    status, page = ask("GET", "", limit=2, offset=1)
    assert (status, page["total"], [line["id"] for line in page["requests"]]) == (200, 5, ["w3", "w2"])
    assert [line["id"] for line in ask("GET", "", state="OPEN")[1]["requests"]] == ["w4", "w2", "w1", "w0"]
    assert [line["id"] for line in ask("GET", "", state="ENDED")[1]["requests"]] == ["w3"]
    assert ask("GET", "", state="CANCELED")[1]["total"] == 1
    assert ask("GET", "", offset=99)[1] == {"requests": [], "total": 5}


def test_a_question_is_shown_and_answered(ask, store):
    ask("POST", "", {**WISH, "id": "w1"})
    store.start("w1")
    store.ask("w1", Question("q1", "Where?"))
    assert ask("GET", "/w1")[1]["question"] == {"id": "q1", "text": "Where?", "kind": "information"}
    assert ask("POST", "/w1/answer", {"text": "Bonn", "question": "q7"})[0] == 409
    status, card = ask("POST", "/w1/answer", {"text": "Bonn", "question": "q1"})
    assert (status, card["state"], card["question"]) == (200, "IN_PROGRESS", None)
    status, body = ask("POST", "/w1/answer", {"text": "Bonn"})
    assert (status, body["error"]["type"]) == (409, "StepRefused")


def test_a_request_is_updated_and_canceled_until_it_has_ended(ask):
    ask("POST", "", {**WISH, "id": "w1"})
    status, card = ask("PATCH", "/w1", {"constraints": ["at most 3 steps"], "objective": None})
    assert (status, card["wish"]["constraints"], card["wish"]["objective"]) == (
        200, ["at most 3 steps"], WISH["objective"],
    )  # fmt: skip
    assert ask("POST", "/w1/cancel")[1]["state"] == "CANCELED"
    assert ask("POST", "/w1/cancel")[0] == 409
    assert ask("PATCH", "/w1", {"objective": "Another"})[0] == 409


def test_the_outcome_is_shown_and_its_trace_apart(ask, store):
    ask("POST", "", {**WISH, "id": "w1"})
    assert ask("GET", "/w1/trace")[1] == {"request": "w1", "plan": None, "trace": []}
    entry = {
        "kind": "tool",
        "line": 1,
        "name": "warmth",
        "arguments": {"town": "Bonn"},
        "value": 7,
        "error": "",
    }
    store.start("w1")
    store.succeed("w1", Outcome(7, "looked up", (entry,), ("warmth",), (), 12, 0.5))
    with store._database.transaction():
        store._database.write("INSERT INTO plans VALUES ('w1', 'x', 'answer = warmth()', '[]', '')")
    card = ask("GET", "/w1")[1]
    assert card["state"] == State.SUCCEEDED
    assert card["outcome"] == {
        "value": 7, "summary": "looked up", "tools": ["warmth"], "created": [], "tokens": 12, "seconds": 0.5,
    }  # fmt: skip
    assert ask("GET", "/w1/trace")[1] == {"request": "w1", "plan": "answer = warmth()", "trace": [entry]}


def test_events_come_in_portions_after_a_number(ask, store):
    ask("POST", "", {**WISH, "id": "w1"})
    store.start("w1")
    for number in range(300):
        store.progress("w1", str(number))
    first = ask("GET", "/w1")[1]
    assert (len(first["events"]), first["has_more"]) == (200, True)
    second = ask("GET", "/w1", after=first["last_event"])[1]
    assert (len(second["events"]), second["has_more"]) == (102, False)
    told = [event["detail"]["text"] for event in (*first["events"], *second["events"])[2:]]
    assert told == [str(number) for number in range(300)]
    assert ask("GET", "/w1", after=second["last_event"])[1]["last_event"] == second["last_event"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("GET", "/nowhere/trace", None, 404),
        ("GET", "/%00", None, 404),
        ("POST", "/nowhere/cancel", None, 404),
        ("POST", "/nowhere/answer", {"text": "x"}, 404),
        ("POST", "", {"objective": " "}, 422),
        ("POST", "", {"objective": "x", "more": 1}, 422),
        ("POST", "", {"objective": 7}, 422),
        ("POST", "", {"objective": "x" * 30_000}, 422),
        ("POST", "", {"objective": "x", "id": "../x"}, 422),
        ("POST", "", {"objective": "\ud800"}, 422),
        ("POST", "", [], 422),
        ("PATCH", "/w1", {}, 422),
        ("PATCH", "/w1", {"objective": None}, 422),
        ("GET", "?limit=0", None, 422),
        ("GET", "?offset=99999999999999999999999", None, 422),
        ("GET", "?state=LOST", None, 422),
        ("GET", "/w1?after=-1", None, 422),
    ],
)
def test_what_cannot_be_is_told_in_one_shape(ask, method, path, body, status):
    ask("POST", "", {**WISH, "id": "w1"})
    found, told = ask(method, path, body)
    assert found == status
    assert set(told["error"]) == {"message", "type", "code"}
    assert json.dumps(told)
