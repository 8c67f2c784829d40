"""Requests go through the states of one table, every step is kept, and other processes may take steps too."""

import multiprocessing
import sqlite3

import pytest

from agent.agent_file import FILE, open_record
from agent.errors import AgentUnavailable, Canceled, RequestNotFound, RequestRefused, StepRefused
from agent.request import ENDED, TRANSITIONS, Outcome, Question, State, ToolOrder, Wish
from agent.requests.request_store import LONGEST_ANSWER, RequestStore

WISH = Wish("Add the prices.", ("answer == 3",), ("no new tools",), ("p.csv",), "ann")
ASKED = Question("q1", "Which prices?")
OUTCOME = Outcome([1, None, "ü\ud800"], "done", ({"kind": "code", "line": 1},), ("add",), ("sub",), 12, 1.5)


@pytest.fixture
def store(tmp_path):
    database = open_record(tmp_path)
    yield RequestStore(database)
    database.close()


def steps(store, id):
    """Returns every step that there is, by the state it leads to (None: the state stays)."""
    return {
        "start": lambda: store.start(id),
        "ask": lambda: store.ask(id, ASKED),
        "answer": lambda: store.answer(id, "these"),
        "succeed": lambda: store.succeed(id, OUTCOME),
        "fail": lambda: store.fail(id, OUTCOME),
        "cancel": lambda: store.cancel(id),
        "update": lambda: store.update(id, Wish("other")),
        "progress": lambda: store.progress(id, "half"),
    }


WAYS = {
    State.NOT_STARTED: (),
    State.IN_PROGRESS: ("start",),
    State.WAITING_FEEDBACK: ("start", "ask"),
    State.SUCCEEDED: ("start", "succeed"),
    State.FAILED: ("fail",),
    State.CANCELED: ("cancel",),
}
ALLOWED = {
    State.NOT_STARTED: {"start": State.IN_PROGRESS, "fail": State.FAILED},
    State.IN_PROGRESS: {"ask": State.WAITING_FEEDBACK, "succeed": State.SUCCEEDED, "fail": State.FAILED},
    State.WAITING_FEEDBACK: {
        "answer": State.IN_PROGRESS, "fail": State.FAILED, "ask": State.WAITING_FEEDBACK,  # the same question
    },
}  # fmt: skip
for _state, _steps in ALLOWED.items():
    _steps.update(cancel=State.CANCELED, update=_state, progress=_state)


def brought(store, state):
    """Returns the id of a request in a state."""
    id = store.file(WISH).id
    for step in WAYS[state]:
        steps(store, id)[step]()
    assert store.get(id).state is state
    return id


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(
    "step", ["start", "ask", "answer", "succeed", "fail", "cancel", "update", "progress"]
)
def test_each_step_in_each_state_is_allowed_by_the_table_or_refused(store, state, step):
    id = brought(store, state)
    before, told = store.get(id), len(store.events(id))
    expected = ALLOWED.get(state, {}).get(step)
    if expected is not None:
        assert steps(store, id)[step]().state is expected
        assert expected in TRANSITIONS[state] | {state}
        return
    with pytest.raises(StepRefused) as caught:
        steps(store, id)[step]()
    for word in (id, state, "allow" if "allows" in str(caught.value) else "may go to"):
        assert word in str(caught.value)
    assert store.get(id) == before, "a refused step changes nothing"
    assert len(store.events(id)) == told


def test_every_transition_of_the_table_can_be_taken():
    taken = {(state, to) for state, found in ALLOWED.items() for to in found.values() if to is not state}
    assert taken == {(state, to) for state, after in TRANSITIONS.items() for to in after}


def test_a_request_tells_its_whole_story(store):
    id = store.file(WISH).id
    store.start(id)
    store.ask(id, ASKED)
    waiting = store.get(id)
    assert (waiting.question, waiting.outcome) == (ASKED, None)
    assert store.answer_to(id, ASKED) is None
    assert store.answer(id, "these", "q1").question is None
    assert store.answer_to(id, ASKED) == "these"
    store.progress(id, "half")
    store.succeed(id, OUTCOME)
    assert store.get(id).outcome == OUTCOME
    events = store.events(id)
    assert [event.kind for event in events] == [
        "created", "IN_PROGRESS", "asked", "WAITING_FEEDBACK", "answered", "IN_PROGRESS", "progress", "SUCCEEDED",
    ]  # fmt: skip
    assert events[1].detail == {"from": "NOT_STARTED"}
    assert events[4].detail == {"question": "q1", "text": "these"}
    assert store.events(id, after=events[5].number) == events[6:]
    assert [event.number for event in events] == sorted({event.number for event in events})


def test_what_was_filed_is_there_after_a_restart(tmp_path):
    database = open_record(tmp_path)
    order = ToolOrder("total", "Adds numbers.", ("f([1]) == 1",), "(numbers: list[int]) -> int")
    id = RequestStore(database).file(Wish("x", tool=order)).id
    database.close()
    again = open_record(tmp_path)
    assert RequestStore(again).get(id).wish == Wish("x", tool=order)
    again.close()


def test_filing_twice_under_one_id_is_filing_once(store):
    first = store.file(WISH, "mine-1")
    store.start("mine-1")
    assert store.file(WISH, "mine-1").created == first.created
    store.update("mine-1", Wish("other"))
    assert store.file(WISH, "mine-1").wish == Wish("other"), "a client that repeats itself undoes nothing"
    assert len(store.all()) == 1
    with pytest.raises(RequestRefused, match="mine-1: expected the wish that was filed"):
        store.file(Wish("another"), "mine-1")


@pytest.mark.parametrize("id", ["", " ", "a b", "../x", "x" * 101, "é", "-a", "\ud800", 3])
def test_an_id_that_is_none_is_refused(store, id):
    with pytest.raises(RequestRefused, match="^id: expected"):
        store.file(WISH, id)


def test_an_unknown_id_is_told_with_near_ones(store):
    with pytest.raises(RequestNotFound, match="there are none yet"):
        store.get("prices-1")
    store.file(WISH, "prices-1")
    for call in (store.get, store.cancel, store.start, store.events, lambda id: store.answer(id, "x")):
        with pytest.raises(RequestNotFound, match=r"'prices-2'.*such as prices-1"):
            call("prices-2")
    for odd in ("\ud800", "x" * 10**6, None, 3, "' OR 1=1 --"):
        with pytest.raises(RequestNotFound) as caught:
            store.get(odd)
        assert len(str(caught.value)) < 300


def test_requests_are_listed_by_state(store):
    ids = {state: brought(store, state) for state in State}
    assert [request.id for request in store.all()] == list(ids.values())
    assert [request.id for request in store.all([State.FAILED])] == [ids[State.FAILED]]
    assert [r.id for r in store.all(set(State) - ENDED)] == [ids[s] for s in State if s not in ENDED]
    assert store.all([]) == []


@pytest.mark.parametrize("text", ["", " \n", None, 3, "x" * (LONGEST_ANSWER + 1)])
def test_an_answer_that_is_none_is_refused(store, text):
    id = brought(store, State.WAITING_FEEDBACK)
    with pytest.raises(StepRefused, match="answer: expected"):
        store.answer(id, text)
    assert store.answer(id, "\ud800 these").state is State.IN_PROGRESS


def test_a_question_is_answered_once_and_by_its_own_answer(store):
    id = brought(store, State.WAITING_FEEDBACK)
    with pytest.raises(StepRefused, match="open question q1"):
        store.answer(id, "these", "q0")
    store.answer(id, "these", "q1")
    with pytest.raises(StepRefused, match="it asks nothing"):
        store.answer(id, "those", "q1")
    assert store.answer_to(id, ASKED) == "these"


def test_a_second_question_waits_for_the_first(store):
    id = brought(store, State.WAITING_FEEDBACK)
    with pytest.raises(StepRefused, match="WAITING_FEEDBACK"):
        store.ask(id, Question("q2", "And?"))
    assert store.get(id).question == ASKED


def test_an_update_keeps_state_and_question(store):
    id = brought(store, State.WAITING_FEEDBACK)
    updated = store.update(id, lambda wish: Wish(wish.objective, ("answer == 4",)))
    assert (updated.state, updated.question) == (State.WAITING_FEEDBACK, ASKED)
    assert store.get(id).wish.requirements == ("answer == 4",)
    count = len(store.events(id))
    store.update(id, updated.wish)
    assert len(store.events(id)) == count, "what changes nothing is no event"


def test_work_ends_where_the_user_cancels(store):
    id = brought(store, State.IN_PROGRESS)
    store.check(id)
    store.cancel(id)
    with pytest.raises(Canceled):
        store.check(id)


def test_listeners_hear_of_steps_that_were_taken_and_break_none(store, caplog):
    heard = []

    def fail(event):
        raise OSError("deaf")

    store.subscribe(fail)
    end = store.subscribe(lambda event: heard.append(event.kind))
    id = store.file(WISH).id
    with pytest.raises(StepRefused):
        store.succeed(id, OUTCOME)
    store.cancel(id)
    assert heard == ["created", "CANCELED"]
    assert "deaf" in caplog.text
    end()
    end()
    store.file(WISH)
    assert len(heard) == 2


def test_a_damaged_request_is_told(store, tmp_path):
    id = store.file(WISH).id
    connection = sqlite3.connect(tmp_path / FILE)
    for wish in ("{", "{}", "[]", '{"objective": "x", "tool": 3}'):
        connection.execute("UPDATE requests SET wish = ?", (wish,))
        connection.commit()
        with pytest.raises(AgentUnavailable, match=f"request {id}"):
            store.get(id)
    connection.close()


def _race(directory, id, number, results):
    database = open_record(directory)
    store = RequestStore(database)
    try:
        store.start(id)
        results.put(number)
    except StepRefused:
        results.put(None)
    for _ in range(20):
        store.progress(id, f"by {number}")
    database.close()


def test_of_several_processes_one_begins_a_request_and_no_event_is_lost(store, tmp_path):
    id = store.file(WISH).id
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    others = [context.Process(target=_race, args=(tmp_path, id, number, results)) for number in range(3)]
    for other in others:
        other.start()
    begun = [results.get(timeout=60) for _ in others]
    for other in others:
        other.join(60)
    assert len([number for number in begun if number is not None]) == 1
    kinds = [event.kind for event in store.events(id)]
    assert kinds.count("progress") == 60
    assert kinds.count("IN_PROGRESS") == 1
