"""The benchmark of the request socket: it finds what is lost or doubled, and there is none, also through kills."""

import argparse
import asyncio

import pytest

from agent.agent_file import open_record
from agent.request import Outcome, Wish
from agent.requests.request_store import RequestStore
from experiments import bench_socket
from experiments.bench_socket import Seen, Server
from experiments.scripted_endpoint import scripted_endpoint
from service.web.messages import Result, Status


@pytest.fixture
def record(tmp_path):
    """One request that has ended, and the events of it as a client gets them."""
    database = open_record(tmp_path)
    store = RequestStore(database)
    store.file(Wish("Multiply six by seven."), "c0-0")
    store.start("c0-0")
    store.succeed("c0-0", Outcome(42))
    head = [{"request": "c0-0", "event": event.number, "at": event.at} for event in store.events()]
    database.close()
    return [
        Status(**head[0], state="NOT_STARTED"),
        Status(**head[1], state="IN_PROGRESS"),
        Result(**head[2], state="SUCCEEDED", value=42),
    ]


def test_what_is_whole_is_found_so(record, tmp_path):
    assert bench_socket._compared(tmp_path, Seen(events={"c0-0": record}), 1) == []


@pytest.mark.parametrize("damage", ["lost", "doubled", "turned round", "wrong", "without result", "unfiled"])
def test_what_is_lost_doubled_or_wrong_is_found(record, tmp_path, damage):
    first, second, result = record
    damaged = {
        "lost": [first, result],
        "doubled": [first, first, second, result],
        "turned round": [second, first, result],
        "wrong": [first, second, result.model_copy(update={"value": 43})],
        "without result": [first, second],
        "unfiled": record,
    }[damage]
    expected = 2 if damage == "unfiled" else 1
    assert bench_socket._compared(tmp_path, Seen(events={"c0-0": damaged}), expected)


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_nothing_is_lost_or_doubled_when_the_server_is_killed(tmp_path):
    options = argparse.Namespace(clients=4, requests=2, workers=2, kill=2, sandbox="bubblewrap")
    with scripted_endpoint(bench_socket._said) as endpoint:
        server = Server(tmp_path, endpoint, options)
        server.start()
        try:
            seen = asyncio.run(asyncio.wait_for(bench_socket._clients(server, options), 240))
        finally:
            server.end(bench_socket.signal.SIGTERM)
    assert bench_socket._compared(tmp_path / "agent", seen, 8) == []
    assert seen.results == 8
