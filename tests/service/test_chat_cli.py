"""`funsearch chat` and `funsearch memory`: a talk that ends in a request, and what is remembered of it."""

import io
import json
from contextlib import contextmanager, nullcontext

import pytest

from agent.agent_file import open_record
from agent.chatting.chat_prompt import reply_text
from agent.chatting.draft import Draft
from agent.request import Outcome
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from language_models.scripted import ScriptedBackend

READY = Draft("Convert 72 F to Celsius.", facts=("prefers metric units",), ready=True)


class ScriptedWorker:
    """Answers every request with 22.2."""

    def __init__(self, database):
        self.store = RequestStore(database)
        self.user = UserSide(self.store)

    def run(self, id):
        self.store.start(id)
        return self.store.succeed(id, Outcome(22.2, "converted"))


@pytest.fixture(autouse=True)
def talk(tmp_path, monkeypatch):
    """Makes a model that says some replies to a user who says some lines."""
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def open_worker(directory, **_):
        database = open_record(directory)
        yield ScriptedWorker(database)
        database.close()

    def have(replies, lines):
        backend = ScriptedBackend(replies)
        monkeypatch.setattr("funsearch.samplers.chat_backend", lambda *_: nullcontext(backend))
        monkeypatch.setattr("agent.worker.open_worker", open_worker)
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
        return backend

    return have


SAID = "I prefer metric units. Convert 72 F to Celsius."


def test_a_talk_ends_in_a_request_that_is_worked_off(command, talk):
    asking = Draft("Convert something.", missing=("what",))
    talk([reply_text("What shall I convert?", asking), reply_text("Noted.", READY)], ["Convert!", "", SAID])
    status, out, _ = command("chat")
    assert status == 0
    assert "What shall I convert?\nNoted.\n  remembered: prefers metric units\n  filed as c" in out
    assert out.rstrip().endswith("22.2")
    assert "<request>" not in out
    assert "objective" not in out


def test_each_message_gives_a_line_of_json(command, talk):
    talk([reply_text("Noted.", READY)], [SAID])
    status, out, _ = command("chat", "--json", "--conversation", "c1", "--user", "ann")
    (line,) = map(json.loads, out.splitlines())
    assert status == 0
    assert (line["conversation"], line["said"], line["problem"]) == ("c1", "Noted.", None)
    assert (line["request"]["state"], line["request"]["outcome"]["value"]) == ("SUCCEEDED", 22.2)
    assert line["request"]["wish"]["user"] == "ann"


def test_a_request_may_be_filed_only(command, talk):
    talk([reply_text("Noted.", READY)], [SAID])
    _, out, _ = command("chat", "--json", "--no-work")
    assert json.loads(out)["request"]["state"] == "NOT_STARTED"


def test_a_conversation_goes_on(command, talk):
    talk([reply_text("What?", Draft(missing=("what",)))], ["Convert!"])
    command("chat", "--conversation", "c1")
    backend = talk([reply_text("Noted.", READY)], [SAID])
    command("chat", "--conversation", "c1", "--no-work")
    assert [message.content for message in backend.requests[0].messages][1] == "Convert!"


def test_a_model_of_nonsense_is_told_of(command, talk):
    talk(["Hello.", "nonsense"], ["Hi"])
    status, out, _ = command("chat")
    assert status == 0
    assert "no request could be made of this" in out


@pytest.mark.parametrize(("arguments", "lines"), [(("--conversation", "a b"), ["Hi"]), ((), ["x" * 30_000])])
def test_what_cannot_be_said_is_one_message(command, talk, arguments, lines):
    talk(["Hello."], lines)
    status, _, err = command("chat", *arguments)
    assert status == 1
    assert err.startswith("funsearch: ")
    assert "expected" in err


def test_what_is_remembered_is_listed_edited_and_deleted(command, talk):
    talk([reply_text("Noted.", READY)], [SAID])
    command("chat", "--no-work", "--user", "ann")
    assert "prefers metric units" in command("memory", "list")[1]
    (fact,) = json.loads(command("memory", "list", "--user", "ann", "--json")[1])
    assert (fact["kind"], fact["source"]) == ("preference", "turn 1")
    assert "imperial" in command("memory", "edit", fact["id"], "prefers imperial units")[1]
    assert command("memory", "delete", fact["id"])[1] == "forgotten: 1\n"
    assert command("memory", "list")[1] == "Nothing is remembered.\n"
    assert json.loads(command("memory", "delete", "--all-of", "ann", "--json")[1]) == {"forgotten": 0}
    for wrong in (("delete", "9"), ("edit", "9", "x"), ("delete",), ("edit", fact["id"], " ")):
        status, _, err = command("memory", *wrong)
        assert status == 1
        assert "expected" in err


def test_memory_of_no_record_is_told(command):
    status, _, err = command("memory", "list")
    assert status == 1
    assert "expected the directory of an agent's record" in err
