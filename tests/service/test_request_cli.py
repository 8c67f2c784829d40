"""`funsearch request(s)`: files, works off, asks, and ends with the status that says how it stands."""

import json
from contextlib import contextmanager

import pytest

from agent.agent_file import open_record
from agent.errors import StepRefused
from agent.request import Outcome, Question, State
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from language_models import ModelUnavailable
from service import request_cli

ASKED = Question("q1", "Which \x1b[31mtown?")


class ScriptedWorker:
    """Asks one question and then gives an answer made of it; keeps what it was opened with."""

    opened = ()
    asks = True
    error = None

    def __init__(self, database):
        self.store = RequestStore(database)
        self.user = UserSide(self.store)

    def run(self, id):
        found = self.store.get(id)
        if found.state is State.NOT_STARTED:
            found = self.store.start(id)
        if type(self).error is not None:
            raise type(self).error
        if found.state is not State.IN_PROGRESS:
            return found
        answer = self.store.answer_to(id, ASKED)
        if type(self).asks and answer is None:
            return self.store.ask(id, ASKED)
        self.store.progress(id, "planning")
        if answer == "nowhere":
            return self.store.fail(id, Outcome(summary="no such town"))
        value = {"town": answer, "temperature": float("nan")} if type(self).asks else "sunny"
        return self.store.succeed(id, Outcome(value, "looked up", tools=("weather",), tokens=12, seconds=0.5))


@pytest.fixture(autouse=True)
def worker(tmp_path, monkeypatch):
    """Takes the place of the worker; a test says whether it asks."""
    monkeypatch.chdir(tmp_path)
    scripted = type("Worker", (ScriptedWorker,), {})

    @contextmanager
    def worker_of(*opened):
        scripted.opened = opened
        database = open_record(opened[0])
        yield scripted(database)
        database.close()

    monkeypatch.setattr(request_cli, "worker_of", worker_of)
    return scripted


@pytest.fixture
def terminal(monkeypatch):
    """A user at the terminal, who gives some answers and then goes away."""

    def sit(*answers):
        left = iter(answers)
        shown = []

        def prompt(text, **_):
            shown.append(text)
            answer = next(left, None)
            if answer is None:
                raise request_cli.typer.Abort
            return answer

        monkeypatch.setattr(request_cli, "can_ask", lambda: True)
        monkeypatch.setattr(request_cli.typer, "prompt", prompt)
        return shown

    return sit


def test_a_request_is_filed_worked_off_and_answered(command, worker):
    worker.asks = False
    status, out, err = command("request", "How is the weather?", "--constrain", "at most 5 steps")
    assert (status, out) == (0, "sunny\n")
    for told in ("filed as", "in progress", "progress: planning", "succeeded", "12 tokens", "used weather"):
        assert told in err


def test_all_that_may_be_given_reaches_the_request_and_the_worker(command, worker, tmp_path):
    worker.asks = False
    (tmp_path / "towns.csv").write_text("Bonn")
    status, out, _ = command(
        "request", "How?", "--require", "answer != 3", "--constrain", "no new tools", "--document", "towns.csv",
        "--user", "ann", "--id", "w1", "--steps", 7, "--minutes", 2, "--money", "0.5", "--price", "1,2", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert (status, found["id"], found["state"]) == (0, "w1", "SUCCEEDED")
    assert found["wish"] == {
        "objective": "How?", "requirements": ["answer != 3"], "constraints": ["no new tools"],
        "documents": [str(tmp_path / "towns.csv")], "user": "ann", "tool": None,
    }  # fmt: skip
    assert found["outcome"]["value"] == "sunny"
    budget = worker.opened[3]
    assert (budget.steps, budget.seconds, budget.money, budget.price_written) == (7, 120.0, 0.5, 2.0)


def test_a_question_is_asked_at_the_terminal(command, terminal):
    shown = terminal("", "Bonn")
    status, out, _ = command("request", "How is the weather?")
    assert status == 0
    assert json.loads(out) == {"town": "Bonn", "temperature": "nan"}
    assert shown == ["Which \N{REPLACEMENT CHARACTER}[31mtown?"] * 2, "no escape reaches the terminal"


def test_a_user_who_goes_away_leaves_a_request_that_waits(command, terminal):
    terminal()
    status, out, err = command("request", "How?", "--id", "w1")
    assert status == 3
    assert out.startswith("w1 asks: Which")
    assert "requests answer w1 TEXT" in " ".join(err.split())


@pytest.mark.parametrize("is_terminal", [True, False])
def test_without_waiting_the_question_is_printed_and_the_status_is_3(command, terminal, is_terminal):
    if is_terminal:
        terminal("Bonn")
    arguments = ("--no-wait",) if is_terminal else ()
    status, out, _ = command("request", "How?", "--id", "w1", "--json", *arguments)
    assert status == 3
    assert json.loads(out)["question"] == {"id": "q1", "text": ASKED.text, "kind": "information"}
    assert command("requests", "answer", "w1", "Bonn", "--question", "q1")[0] == 0
    status, out, _ = command("requests", "work", "w1")
    assert (status, json.loads(out)["town"]) == (0, "Bonn")


def test_a_request_that_failed_says_why_and_ends_with_1(command, terminal):
    terminal("nowhere")
    status, out, err = command("request", "How?", "--id", "w1")
    assert (status, out) == (1, "")
    assert "w1 is FAILED: no such town" in err


def test_a_model_that_is_missing_leaves_the_request_on_file(command, worker):
    worker.error = ModelUnavailable("no model here")
    status, _, err = command("request", "How?", "--id", "w1")
    assert status == 1
    assert "funsearch: no model here" in err
    assert "Traceback" not in err
    worker.error, worker.asks = None, False
    status, out, _ = command("requests", "work", "--json")
    assert (status, [found["state"] for found in json.loads(out)]) == (0, ["SUCCEEDED"])
    assert command("requests", "work")[1].startswith("No request is open")


def test_requests_are_listed_shown_updated_and_canceled(command):
    command("request", "How is the [bold]weather?", "--id", "w1")
    command("request", "Another one", "--id", "w2")
    listed = command("requests", "list")[1]
    assert "w1" in listed
    assert "[bold]weather" in listed
    assert [each["id"] for each in json.loads(command("requests", "list", "--json")[1])] == ["w1", "w2"]
    assert command("requests", "update", "w1", "--constrain", "at most 3 steps")[0] == 0
    assert command("requests", "cancel", "w2")[1].startswith("w2: canceled")
    found = json.loads(command("requests", "list", "--state", "WAITING_FEEDBACK", "--json")[1])
    assert [each["wish"]["constraints"] for each in found] == [["at most 3 steps"]]
    shown = command("requests", "show", "w1")[1]
    for told in ("WAITING_FEEDBACK", "at most 3 steps", "asked", "updated"):
        assert told in shown
    events = json.loads(command("requests", "show", "w2", "--json")[1])["events"]
    assert events[-1]["kind"] == "CANCELED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("request", " "), "objective: expected something to read"),
        (("request", "x" * 100_000), "found 100,000"),
        (("request", "x", "--require", "answer == 1", "--require", "answer == 2"), "expected what can hold together"),
        (("request", "x", "--document", "none.txt"), "--document none.txt: expected a file or folder"),
        (("request", "x", "--id", "no such"), "id: expected"),
        (("request", "x", "--minutes", "-1"), "budget: Budget(seconds=-60.0)"),
        (("request", "x", "--money", "1"), "expected prices as well"),
        (("requests", "show", "w9"), "'w9': expected the id of one on file, such as w1"),
        (("requests", "work", "w9"), "'w9': expected the id"),
        (("requests", "cancel", "w9"), "'w9': expected the id"),
        (("requests", "answer", "w1", " "), "answer: expected text"),
        (("requests", "answer", "w1", "x", "--question", "q7"), "open question q1"),
        (("requests", "update", "w1"), "update: expected --objective"),
        (("requests", "update", "w1", "--objective", ""), "objective: expected"),
        (("requests", "list", "--directory", "elsewhere"), "elsewhere: expected the directory of an agent's record"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_message_and_no_traceback(command, arguments, message):
    command("request", "How?", "--id", "w1")
    status, out, err = command(*arguments)
    assert status == 1
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_an_answer_to_a_request_that_does_not_wait_is_refused(command, worker):
    worker.asks = False
    command("request", "How?", "--id", "w1")
    status, _, err = command("requests", "answer", "w1", "Bonn")
    assert status == 1
    assert "expected WAITING_FEEDBACK: it asks nothing; found SUCCEEDED" in err


def test_a_request_that_another_process_works_on_is_left_to_it(command, worker):
    worker.asks = False
    worker.error = ModelUnavailable("no model")
    command("request", "How is the weather?")
    worker.error = StepRefused("another process works on it")
    status, out, err = command("requests", "work", "--json")
    assert status == 0
    assert [entry["state"] for entry in json.loads(out)] == ["IN_PROGRESS"]
    assert "another process works on it" in err
