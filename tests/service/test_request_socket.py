"""The request socket: each message is done once and answered, each event comes once and in order."""

import asyncio
import json

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent.agent_file import open_record
from agent.request import Outcome, Question, Wish
from agent.requests.request_store import RequestStore
from service.web.messages import FROM_SERVER
from service.web.socket_session import SocketLimits
from tests.service.socket_client import TOKEN, serving, talking

WISH = {"objective": "How warm is it?", "requirements": ["answer > 0"]}


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "agent") as running:
        yield running


def events(messages):
    return [message["event"] for message in messages if "event" in message]


def types(messages):
    return [message["type"] for message in messages]


def work(store, id, *, asks=True):
    """Does all that work does to a request."""
    store.start(id)
    store.progress(id, "looking")
    if asks:
        store.ask(id, Question("q1", "Where?"))
        store.answer(id, "Bonn", "q1")
    store.succeed(id, Outcome(7, "looked up", ({"kind": "code"},), ("warmth",), (), 12, 0.5))


def test_a_request_is_filed_and_all_that_happens_to_it_comes_in_order(server):
    async def talk():
        async with talking(server.port) as client:
            id = await client.say("create", request="w1", **WISH)
            accepted = await client.hear()
            assert accepted == {
                "type": "accepted", "reply_to": id, "request": "w1", "state": "NOT_STARTED", "is_repeated": False,
            }  # fmt: skip
            await asyncio.to_thread(work, server.store, "w1")
            heard = await client.hear_until("result")
            assert types(heard) == [
                "status", "status", "progress", "question", "status", "answered", "status", "result",
            ]  # fmt: skip
            assert [message.get("state") for message in heard if "state" in message] == [
                "NOT_STARTED", "IN_PROGRESS", "WAITING_FEEDBACK", "IN_PROGRESS", "SUCCEEDED",
            ]  # fmt: skip
            assert {message["request"] for message in heard} == {"w1"}
            assert events(heard) == [event.number for event in server.store.events("w1")]
            result = heard[-1]
            assert (result["value"], result["summary"], result["tools"], result["tokens"]) == (
                7, "looked up", ["warmth"], 12,
            )  # fmt: skip
            assert "trace" not in result
            assert await client.silence() == []
            for message in (accepted, *heard):
                FROM_SERVER.validate_python(message)

    asyncio.run(talk())


def test_a_user_answers_updates_and_cancels(server):
    async def talk():
        async with talking(server.port) as client:
            await client.say("create", request="w1", **WISH)
            await client.hear_until("status")
            await client.say("update", request="w1", constraints=["at most 3 steps"])
            heard = await client.hear_until("updated")
            assert heard[-1]["wish"]["constraints"] == ["at most 3 steps"]
            server.store.start("w1")
            server.store.ask("w1", Question("q1", "Where?"))
            asked = (await client.hear_until("question"))[-1]
            assert (asked["question"], asked["text"], asked["kind"]) == ("q1", "Where?", "information")
            await client.say("answer", request="w1", text="Bonn", question="q1")
            assert (await client.hear_until("answered"))[-1]["text"] == "Bonn"
            await client.say("cancel", request="w1")
            result = (await client.hear_until("result"))[-1]
            assert (result["state"], result["value"]) == ("CANCELED", None)
            assert server.store.get("w1").state == "CANCELED"

    asyncio.run(talk())


def test_a_message_that_comes_again_is_done_once_also_after_a_restart(tmp_path):
    async def talk(port, repeated):
        async with talking(port) as client:
            await client.say("create", id="m1", **WISH)
            accepted = await client.hear()
            assert accepted["is_repeated"] == repeated
            await client.hear_until("status")
            await client.say("create", id="m1", **WISH)
            again = await client.hear()
            assert again == {**accepted, "is_repeated": True}
            assert await client.silence() == [], "what it was told is not told again"
            await client.say("create", id="m1", objective="Another")
            refused = await client.hear()
            assert (refused["type"], refused["reply_to"], refused["error"]["type"]) == (
                "error",
                "m1",
                "StepRefused",
            )
            return accepted["request"]

    with serving(tmp_path / "agent") as server:
        first = asyncio.run(talk(server.port, repeated=False))
    with serving(tmp_path / "agent") as server:
        assert asyncio.run(talk(server.port, repeated=True)) == first
        assert [request.id for request in server.store.all()] == [first]


def test_a_refused_message_has_done_nothing_and_is_judged_anew(server):
    async def talk():
        async with talking(server.port) as client:
            await client.say("answer", id="m1", request="w1", text="Bonn")
            refused = await client.hear()
            assert (refused["request"], refused["error"]["type"], refused["error"]["code"]) == (
                "w1", "RequestNotFound", "404",
            )  # fmt: skip
            await client.say("create", id="m2", request="w1", **WISH)
            await client.hear_until("status")
            server.store.start("w1")
            server.store.ask("w1", Question("q1", "Where?"))
            await client.hear_until("question")
            await client.hear()
            await client.say("answer", id="m1", request="w1", text="Bonn")
            assert (await client.hear_until("accepted"))[-1]["is_repeated"] is False

    asyncio.run(talk())


def test_a_connection_resumes_after_the_last_event_that_came(server):
    async def talk():
        async with talking(server.port) as client:
            for number in range(3):
                await client.say("create", request=f"w{number}", **WISH)
            heard = []
            while len(events(heard)) < 3:
                heard.append(await client.hear())
        for number in range(3):
            await asyncio.to_thread(work, server.store, f"w{number}")
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["w0", "w1", "w2"], after=max(events(heard)))
            caught_up = await client.hear_until("subscribed")
            assert events(caught_up) == [
                event.number for event in server.store.events(after=max(events(heard)))
            ]
            assert caught_up[-1]["states"] == dict.fromkeys(("w0", "w1", "w2"), "SUCCEEDED")
            assert caught_up[-1]["up_to"] == max(events(caught_up))

    asyncio.run(talk())


def test_each_request_may_be_resumed_from_its_own_event(server):
    for id in ("w0", "w1"):
        server.store.file(Wish("a"), id)
        work(server.store, id, asks=False)
    known = {"w0": server.store.events("w0")[1].number, "w1": server.store.events("w1")[2].number}

    async def talk():
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["w0", "w1"], after=known)
            heard = await client.hear_until("subscribed")
            for request, after in known.items():
                came = [message["event"] for message in heard if message.get("request") == request]
                assert came == [event.number for event in server.store.events(request, after)]

    asyncio.run(talk())


def test_whoever_follows_all_is_told_of_all_once_in_order(server):
    async def talk():
        async with talking(server.port) as client, talking(server.port) as other:
            await other.say("create", request="w0", **WISH)
            await other.hear_until("status")
            await client.say("subscribe", requests=None, after=0)
            heard = await client.hear_until("subscribed")
            assert heard[-1]["requests"] is None
            await client.say("create", request="w1", **WISH)
            heard += await client.hear_until("accepted")
            await other.say("create", request="w2", **WISH)
            await other.hear_until("accepted")
            for id in ("w0", "w1", "w2"):
                await asyncio.to_thread(work, server.store, id)
            everything = [event.number for event in server.store.events()]
            while everything[-1] not in events(heard):
                heard.append(await client.hear())
            assert events(heard) == everything
            assert await client.silence() == []

    asyncio.run(talk())


def test_without_a_number_only_what_is_new_is_told(server):
    server.store.file(Wish("a"), "w1")
    server.store.start("w1")

    async def talk():
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["w1"])
            heard = await client.hear()
            assert (heard["type"], heard["states"]) == ("subscribed", {"w1": "IN_PROGRESS"})
            server.store.progress("w1", "new")
            assert (await client.hear())["text"] == "new"

    asyncio.run(talk())


def test_what_another_process_writes_comes_too(server, tmp_path):
    other = open_record(tmp_path / "agent")
    server.store.file(Wish("a"), "w1")

    async def talk():
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["w1"])
            await client.hear()
            await asyncio.to_thread(work, RequestStore(other), "w1")
            heard = await client.hear_until("result")
            assert events(heard) == [event.number for event in server.store.events("w1")][1:]

    asyncio.run(talk())
    other.close()


def test_a_long_history_comes_whole_while_more_is_written(server):
    server.store.file(Wish("a"), "w1")
    server.store.start("w1")
    for number in range(450):
        server.store.progress("w1", str(number))

    async def talk():
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["w1"], after=0)
            writing = asyncio.create_task(asyncio.to_thread(_progress_and_end, server.store))
            heard = await client.hear_until("result")
            if "subscribed" not in types(heard):
                heard += await client.hear_until("subscribed")
            await writing
            assert events(heard) == [event.number for event in server.store.events("w1")]

    asyncio.run(talk())


def _progress_and_end(store):
    for number in range(50):
        store.progress("w1", f"more {number}")
    store.succeed("w1", Outcome(1))


def test_many_clients_lose_nothing_and_hear_nothing_twice(server):
    async def one(number):
        async with talking(server.port) as client:
            ids = [f"c{number}-{each}" for each in range(4)]
            for id in ids:
                await client.say("create", id=id, request=id, **WISH)
            heard, results = [], 0
            while results < len(ids):
                heard.append(await client.hear())
                results += heard[-1]["type"] == "result"
                if heard[-1]["type"] == "accepted":
                    await asyncio.to_thread(work, server.store, heard[-1]["request"], asks=False)
            for id in ids:
                came = [
                    message["event"]
                    for message in heard
                    if message.get("request") == id and "event" in message
                ]
                assert came == [event.number for event in server.store.events(id)]

    async def talk():
        await asyncio.gather(*(one(number) for number in range(25)))

    asyncio.run(talk())
    assert len(server.store.all()) == 100


MALFORMED = [
    "", "nonsense", "[]", "null", "7", '"create"', "{}", "[" * 5_000, '{"a":' * 5_000,
    '{"type": "create"}',
    '{"type": "launch", "id": "m1"}',
    '{"type": ["create"], "id": "m1", "objective": "x"}',
    '{"type": "create", "id": "m1", "objective": "x", "more": 1}',
    '{"type": "create", "id": "", "objective": "x"}',
    '{"type": "create", "id": "no blanks", "objective": "x"}',
    '{"type": "create", "id": 7, "objective": "x"}',
    '{"type": "create", "id": "m1", "objective": 7}',
    '{"type": "create", "id": "m1", "objective": " "}',
    '{"type": "create", "id": "m1", "objective": "\\ud800"}',
    '{"type": "create", "id": "m1", "objective": "x", "request": "../x"}',
    '{"type": "create", "id": "m1", "objective": "x", "requirements": ["answer == 1", "answer == 2"]}',
    '{"type": "create", "id": "m1", "objective": "x", "tool": {"name": "1", "description": "x"}}',
    '{"type": "update", "id": "m1", "request": "w1"}',
    '{"type": "update", "id": "m1", "request": "ended", "objective": "y"}',
    '{"type": "update", "id": "m1", "request": "nowhere", "objective": "y"}',
    '{"type": "answer", "id": "m1", "request": "w1", "text": "to nothing"}',
    '{"type": "answer", "id": "m1", "request": "w1", "text": ""}',
    '{"type": "cancel", "id": "m1", "request": "ended"}',
    '{"type": "cancel", "id": "m1", "request": null}',
    '{"type": "subscribe", "id": "m1", "requests": ["nowhere"]}',
    '{"type": "subscribe", "id": "m1", "requests": "w1"}',
    '{"type": "subscribe", "id": "m1", "requests": ["w1"], "after": -1}',
    '{"type": "subscribe", "id": "m1", "requests": ["w1"], "after": 1.5}',
    '{"type": "subscribe", "id": "m1", "requests": ["w1"], "after": 999999}',
    '{"type": "subscribe", "id": "m1", "requests": ["w1"], "after": 99999999999999999999999999}',
    '{"type": "subscribe", "id": "m1", "requests": ["w1"], "after": {"ended": 1}}',
    '{"type": "subscribe", "id": "m1", "after": {"w1": 1}}',
    b"\x00\xff", b'{"type": "cancel", "id": "m1", "request": "w1"}',
    "\x00" * 100, '{"type": "create", "id": "m1", "objective": "' + "x" * 300_000 + '"}',
]  # fmt: skip


def test_what_cannot_be_read_or_done_is_told_and_the_connection_goes_on(server):
    server.store.file(Wish("a"), "w1")
    server.store.file(Wish("b"), "ended")
    server.store.cancel("ended")
    before = server.store.events()

    async def talk():
        async with talking(server.port) as client:
            for message in MALFORMED:
                await client.raw(message)
                answer = await client.hear()
                assert answer["type"] == "error", message
                assert set(answer["error"]) == {"message", "type", "code"}
                assert answer["error"]["type"] != "internal"
                assert len(json.dumps(answer)) < 2_000
                if '"id": "m1"' in str(message):
                    assert answer["reply_to"] == "m1"
            assert server.store.events() == before
            await client.say("create", id="m1", request="w2", **WISH)
            assert types(await client.hear_until("status")) == ["accepted", "status"]

    asyncio.run(talk())


def test_a_message_far_too_long_ends_the_connection(server):
    async def talk():
        async with talking(server.port) as client:
            await client.raw("x" * (2 << 20))
            with pytest.raises(ConnectionClosed) as ended:
                await client.hear()
            assert ended.value.rcvd.code == 1009

    asyncio.run(talk())


def test_who_sends_too_much_or_follows_too_much_is_told(tmp_path):
    limits = SocketLimits(connections=1, per_minute=6, requests=2)

    async def talk(server):
        async with talking(server.port) as client:
            for number in range(3):
                await client.say("create", request=f"w{number}", **WISH)
            heard = [await client.hear() for _ in range(5)]
            assert sorted(types(heard)) == ["accepted", "accepted", "error", "status", "status"]
            refused = next(message for message in heard if message["type"] == "error")
            assert "at most 2 followed by name" in refused["error"]["message"]
            async with talking(server.port) as other:
                assert (await other.hear())["error"]["message"].startswith("connections: expected at most 1")
                with pytest.raises(ConnectionClosed) as ended:
                    await other.hear()
                assert ended.value.rcvd.code == 1013
            for _ in range(4):
                await client.raw("{}")
            codes = [(await client.hear())["error"]["code"] for _ in range(4)]
            assert codes == ["422", "422", "422", "429"]
        assert await is_heard_at_last(server.port)

    async def is_heard_at_last(port):
        for _ in range(200):  # the server counts a connection until it has seen it end
            async with talking(port) as client:
                await client.say("subscribe", requests=None)
                if (await client.hear())["type"] == "subscribed":
                    return True
            await asyncio.sleep(0.05)
        return False

    with serving(tmp_path / "agent", limits) as server:
        asyncio.run(talk(server))


def test_a_value_that_is_too_long_or_no_text_is_told_all_the_same(server):
    server.store.file(Wish("a"), "long")
    server.store.file(Wish("b"), "odd")
    server.store.start("long")
    server.store.start("odd")
    server.store.succeed("long", Outcome("x" * (2 << 20), "long"))
    server.store.succeed("odd", Outcome("\ud800", "odd \udfff", tokens=1))

    async def talk():
        async with talking(server.port) as client:
            await client.say("subscribe", requests=["long", "odd"], after=0)
            heard = {m["request"]: m for m in await client.hear_until("subscribed") if m["type"] == "result"}
            assert (heard["long"]["value"], heard["long"]["is_value_left_out"]) == (None, True)
            assert (heard["odd"]["value"], heard["odd"]["summary"]) == ("?", "odd ?")

    asyncio.run(talk())
    answer = httpx.get(
        f"http://127.0.0.1:{server.port}/api/requests/odd", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert (answer.status_code, answer.json()["outcome"]["value"]) == (200, "?")


def test_without_the_token_no_connection_is_opened(server):
    async def talk(token):
        async with talking(server.port, token):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(talk("guessed-guessed-guessed"))
    assert refused.value.response.status_code == 401
    asyncio.run(talk(TOKEN))


def test_the_messages_are_described(server):
    url = f"http://127.0.0.1:{server.port}/api"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    described = httpx.get(f"{url}/socket/messages.json", headers=headers).json()
    names = {"create", "update", "answer", "cancel", "subscribe"}
    assert set(described["client"]["discriminator"]["mapping"]) == names
    assert "result" in described["server"]["discriminator"]["mapping"]
    document = httpx.get(f"{url}/openapi.json", headers=headers).json()
    assert "WebSocket at /api/socket" in document["paths"]["/api/socket/messages.json"]["get"]["description"]
