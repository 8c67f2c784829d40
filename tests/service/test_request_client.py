"""The client of the request socket: it goes on where it was, whatever happens to its connection."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from agent.request import Outcome, Question
from service.client import RefusedByServer, RequestClient, ServerUnavailable
from service.client.server_address import address_of
from service.errors import UsageError
from service.web.messages import Asked, Result
from service.web.server import bound
from tests.service.socket_client import PATIENCE, TOKEN, serving


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "agent") as running:
        yield running


def client_of(port, token=TOKEN, **more):
    return RequestClient(f"http://127.0.0.1:{port}", token, **more)


def work(store, id):
    store.start(id)
    store.ask(id, Question("q1", "Where?"))


async def collected(client, request, events):
    async for event in client.watch(request):
        events.append(event)
        if isinstance(event, Asked):
            await client.answer(request, "Bonn", event.question)


def test_a_request_is_filed_answered_and_watched_to_its_end(server):
    async def talk():
        async with client_of(server.port) as client:
            id = await client.create("How warm is it?", requirements=["answer > 0"])
            watching = asyncio.create_task(collected(client, id, events := []))
            await asyncio.to_thread(work, server.store, id)
            while server.store.get(id).state != "IN_PROGRESS":
                await asyncio.sleep(0)
            await asyncio.to_thread(server.store.succeed, id, Outcome(7))
            await asyncio.wait_for(watching, PATIENCE)
            assert [event.event for event in events] == [event.number for event in server.store.events(id)]
            assert isinstance(events[-1], Result)
            assert events[-1].value == 7

    asyncio.run(talk())


def test_a_client_updates_cancels_and_watches_what_others_filed(server):
    async def talk():
        async with client_of(server.port) as client, client_of(server.port) as other:
            id = await other.create("How warm is it?", request="w1")
            assert id == "w1"
            await client.update("w1", constraints=["at most 3 steps"])
            await client.cancel("w1")
            events = [event async for event in client.watch("w1")]
            assert [event.type for event in events] == ["status", "updated", "result"]
            with pytest.raises(RefusedByServer) as refused:
                await client.cancel("w1")
            assert refused.value.kind == "StepRefused"
            with pytest.raises(RefusedByServer, match="expected the id of one on file"):
                await anext(client.watch("nowhere"))
            with pytest.raises(RefusedByServer, match="give data as a document"):
                await client.create("x" * 300_000)

    asyncio.run(talk())


def test_all_requests_may_be_watched(server):
    async def talk():
        async with client_of(server.port) as client:
            watching = client.watch(None)
            for _ in range(2):
                id = await client.create("How warm is it?")
                assert (await asyncio.wait_for(anext(watching), PATIENCE)).request == id
            assert (await asyncio.wait_for(anext(client.watch(id)), PATIENCE)).event == 2

    asyncio.run(talk())


def test_a_client_goes_on_when_its_server_is_started_again(tmp_path):
    listening = bound(0)
    port = listening.getsockname()[1]
    listening.close()
    events = []

    async def talk(is_filed, is_back):
        async with client_of(port) as client:
            ids = [await client.create("How warm is it?") for _ in range(3)]
            watching = [asyncio.create_task(collected(client, id, events)) for id in ids]
            is_filed.set_result(ids)
            await asyncio.wrap_future(is_back)
            late = await client.create("Filed on the new connection.")
            await asyncio.wait_for(asyncio.gather(*watching), PATIENCE)
            return late

    is_filed, is_back, done = Future(), Future(), Future()
    thread = threading.Thread(target=lambda: done.set_result(asyncio.run(talk(is_filed, is_back))))
    with serving(tmp_path / "agent", port=port) as server:
        thread.start()
        ids = is_filed.result(PATIENCE)
        server.end()
    with serving(tmp_path / "agent", port=port) as server:
        for id in ids:
            server.store.start(id)
            server.store.succeed(id, Outcome(id))
        is_back.set_result(None)
        late = done.result(PATIENCE)
        thread.join(PATIENCE)
        assert server.store.get(late).wish.objective == "Filed on the new connection."
        for id in ids:
            came = [event.event for event in events if event.request == id]
            assert came == [event.number for event in server.store.events(id)]


def test_without_a_server_or_its_token_the_client_says_so(server):
    async def connect(client):
        async with client:
            pass

    asyncio.run(connect(client_of(server.port)))
    with pytest.raises(ServerUnavailable, match="expected this server's token"):
        asyncio.run(connect(client_of(server.port, "guessed-guessed-guessed")))
    listening = bound(0)
    port = listening.getsockname()[1]
    listening.close()
    with pytest.raises(ServerUnavailable, match="`funsearch serve` starts one"):
        asyncio.run(connect(client_of(port)))


def test_who_waits_is_told_when_the_server_stays_away(tmp_path):
    async def talk(server):
        async with client_of(server.port, patience=0.0) as client:
            id = await client.create("How warm is it?")
            watching = client.watch(id)
            await anext(watching)
            await asyncio.to_thread(server.end)
            with pytest.raises(ServerUnavailable):
                await asyncio.wait_for(anext(watching), PATIENCE)
            with pytest.raises(ServerUnavailable):
                await client.cancel(id)

    with serving(tmp_path / "agent") as server:
        asyncio.run(talk(server))


@pytest.mark.parametrize(
    "server",
    ["", "127.0.0.1:8765", "ftp://x", "http://", "http://u:p@127.0.0.1", "http://x/y", "http://x:0x"],
)
def test_an_address_that_is_none_is_refused(server, tmp_path):
    with pytest.raises(UsageError, match="server: expected an address"):
        address_of(server, TOKEN, tmp_path)


def test_the_token_is_found_in_the_environment_or_the_record_and_not_shown(tmp_path, monkeypatch):
    monkeypatch.delenv("FUNSEARCH_TOKEN", raising=False)
    with pytest.raises(UsageError, match="set FUNSEARCH_TOKEN"):
        address_of("http://127.0.0.1:1", None, tmp_path)
    (tmp_path / "token").write_text("of-the-file-of-the-file\n")
    found = address_of("http://127.0.0.1:1", None, tmp_path)
    assert found.token == "of-the-file-of-the-file"
    assert found.token not in repr(found) + found.socket
    monkeypatch.setenv("FUNSEARCH_TOKEN", TOKEN)
    assert address_of("http://127.0.0.1:1", None, tmp_path).token == TOKEN
