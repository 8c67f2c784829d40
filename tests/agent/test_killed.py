"""A worker that is killed in the middle, whatever it was doing: the next one goes on where it was."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from agent.agent_file import open_record
from agent.request import Question, Request, State
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide

PATIENCE = 60.0  # seconds for one turn of work, its start included


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    with closing(open_record(tmp_path)) as database:
        UserSide(RequestStore(database)).create({"objective": "Double it."}, id="mine")
    return tmp_path


def begun(directory: Path, stage: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.agent.killed_worker", str(directory), "mine", stage]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def turn(directory: Path) -> str:
    """Returns the state after a turn of work that nobody disturbs."""
    process = begun(directory, "never")
    out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, error
    return out.strip()


def kill_at(directory: Path, stage: str) -> None:
    """Kills a worker when it has come to a stage."""
    sign, process = directory / "reached", begun(directory, stage)
    deadline = time.monotonic() + PATIENCE
    try:
        while not sign.exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "it did not come so far"
            time.sleep(0.02)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)
    sign.unlink()


def on_file(directory: Path) -> Request:
    with closing(open_record(directory)) as database:
        return RequestStore(database).get("mine")


def say(directory: Path, text: str) -> Question:
    """Answers the open question, and returns it."""
    with closing(open_record(directory)) as database:
        store = RequestStore(database)
        question = store.get("mine").question
        assert question is not None
        UserSide(store).answer("mine", text)
    return question


def finish(directory: Path) -> Request:
    """Works on, answering whatever is asked, to the end."""
    for _ in range(4):
        if turn(directory) != State.WAITING_FEEDBACK:
            break
        say(directory, "yes" if on_file(directory).question.kind == "consent" else "6")  # type: ignore[union-attr]
    return on_file(directory)


@pytest.mark.parametrize("state", ["NOT_STARTED", "model"])
def test_killed_before_a_question_it_begins_again_and_pays_no_reply_twice(
    directory: Path, state: str
) -> None:
    if state == "model":
        kill_at(directory, "model")
        assert on_file(directory).state is State.IN_PROGRESS
    ended = finish(directory)
    assert ended.state is State.SUCCEEDED
    assert ended.outcome is not None
    assert ended.outcome.value == 25
    assert (directory / "noted").read_text() == "12\n"
    replies = (directory / "asked").read_text()
    assert len(replies) <= 4  # kinds of tools (asked twice, for its nonsense) and the plan, once


def test_while_it_waits_there_is_nothing_to_kill_and_an_answer_is_enough(directory: Path) -> None:
    assert turn(directory) == State.WAITING_FEEDBACK
    asked = (directory / "asked").read_text()
    assert say(directory, "6").text == "Which number?"
    assert finish(directory).state is State.SUCCEEDED
    assert (directory / "asked").read_text() == asked


def test_killed_in_a_tool_it_calls_the_tool_again_and_does_no_action_twice(directory: Path) -> None:
    turn(directory)
    say(directory, "6")
    turn(directory)
    assert say(directory, "yes").kind == "consent"
    kill_at(directory, "tool")
    assert (directory / "noted").read_text() == "12\n"
    ended = finish(directory)
    assert ended.state is State.SUCCEEDED
    assert (directory / "noted").read_text() == "12\n"


@pytest.mark.parametrize(("stage", "noted"), [("before action", ""), ("after action", "12\n")])
def test_killed_in_an_action_it_never_does_it_again_and_says_that_nobody_knows(
    directory: Path, stage: str, noted: str
) -> None:
    turn(directory)
    say(directory, "6")
    turn(directory)
    say(directory, "yes")
    kill_at(directory, stage)
    ended = finish(directory)
    written = directory / "noted"
    assert (written.read_text() if written.exists() else "") == noted
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert "whether it took effect is not known" in ended.outcome.summary


def test_what_has_ended_stays_so_whoever_works_on_it(directory: Path) -> None:
    ended = finish(directory)
    assert turn(directory) == State.SUCCEEDED
    assert on_file(directory) == ended
