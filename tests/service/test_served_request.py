"""`funsearch request --server`: a server does the work, the terminal shows it and answers."""

import json
import threading

import pytest

from agent.request import Outcome, Question
from service import request_cli
from tests.service.socket_client import TOKEN, serving

QUESTION = Question("q1", "Which \x1b[31mtown?")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serves requests, and does what work does to each as it comes and is answered."""
    monkeypatch.setenv("FUNSEARCH_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path / "agent") as running:
        store = running.store

        def work(event):
            if event.kind == "created":
                store.start(event.request)
                store.progress(event.request, "looking")
                store.ask(event.request, QUESTION)
            elif event.kind == "answered":
                end = store.fail if event.detail["text"] == "nowhere" else store.succeed
                end(event.request, Outcome(event.detail["text"], "looked up", (), ("warmth",), (), 12, 0.5))

        def listen(event):
            threading.Thread(target=work, args=(event,)).start()

        store.subscribe(listen)
        running.address = f"http://127.0.0.1:{running.port}"
        yield running


@pytest.fixture
def terminal(monkeypatch):
    def sit(*answers):
        left = iter(answers)
        monkeypatch.setattr(request_cli, "can_ask", lambda: True)
        monkeypatch.setattr(request_cli, "_asked", lambda question: next(left, None))

    return sit


def test_a_server_works_a_request_off_and_the_terminal_answers(server, command, terminal):
    terminal("Bonn")
    status, out, err = command(
        "request", "How warm is it?", "--server", server.address, "--require", "answer != 1"
    )
    assert (status, out) == (0, "Bonn\n")
    for told in (
        "filed as",
        "in progress",
        "progress: looking",
        "asked: Which",
        "answered: Bonn",
        "12 tokens",
    ):
        assert told in err
    assert "\x1b[31m" not in err
    assert TOKEN not in out + err
    (request,) = server.store.all()
    assert request.wish.requirements == ("answer != 1",)


def test_the_statuses_are_those_of_work_done_here(server, command, terminal):
    status, out, _ = command("request", "How?", "--id", "w1", "--server", server.address, "--json")
    found = json.loads(out)
    assert (status, found["state"], found["question"]["id"]) == (3, "WAITING_FEEDBACK", "q1")
    terminal("Bonn")
    status, out, _ = command("request", "How?", "--id", "w1", "--server", server.address, "--json")
    found = json.loads(out)
    assert (status, found["state"], found["outcome"]["value"]) == (0, "SUCCEEDED", "Bonn")
    assert command("request", "How?", "--id", "w1", "--server", server.address)[:2] == (0, "Bonn\n")
    terminal("nowhere")
    status, out, err = command("request", "How?", "--server", server.address)
    assert (status, out) == (1, "")
    assert "is FAILED: looked up" in err


def test_the_server_may_be_named_by_the_environment(server, command, terminal, monkeypatch):
    terminal("Bonn")
    monkeypatch.setenv("FUNSEARCH_SERVER", server.address)
    assert command("request", "How?")[:2] == (0, "Bonn\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--server", "http://127.0.0.1:1"), "`funsearch serve` starts one"),
        (("--server", "nowhere"), "server: expected an address"),
        (("--steps", "3"), "--steps: expected at `funsearch serve`"),
        (("--require", "answer == 1", "--require", "answer == 2"), "expected what can hold together"),
        (("--id", "../x"), "request"),
    ],
)
def test_what_cannot_be_is_one_message(server, command, arguments, message):
    status, out, err = command("request", "How?", "--server", server.address, *arguments)
    assert (status, out) == (1, "")
    assert message in err
    assert "Traceback" not in err


def test_a_wrong_token_is_told(server, command, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_TOKEN", "guessed-guessed-guessed")
    status, _, err = command("request", "How?", "--server", server.address)
    assert status == 1
    assert "expected this server's token" in err
