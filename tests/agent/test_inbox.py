"""What clients send is done once, and written together with the step."""

import pytest

from agent.agent_file import open_record
from agent.errors import RequestNotFound, StepRefused
from agent.request import State
from agent.requests.inbox import KEPT_DAYS, ClientMessage, Inbox, Receipt
from agent.requests.request_store import RequestStore


@pytest.fixture
def store(database):
    return RequestStore(database)


@pytest.fixture
def inbox(database, store):
    return Inbox(database, store)


def create(id, objective="Add one.", request=None):
    fields = {"objective": objective}
    return ClientMessage(id, {**fields, "request": request}, lambda user: user.create(fields, request))


def cancel(id, request):
    return ClientMessage(id, {"request": request}, lambda user: user.cancel(request))


def test_a_message_is_done_once_however_often_it_comes(inbox, store):
    (first,) = inbox.take([create("m1")])
    again, twice = inbox.take([create("m1"), create("m1")])
    assert first == Receipt(first.request, State.NOT_STARTED)
    assert again == twice == Receipt(first.request, State.NOT_STARTED, is_repeated=True)
    assert len(store.all()) == 1


def test_the_same_message_twice_in_one_batch_is_done_once(inbox, store):
    first, second = inbox.take([create("m1"), create("m1")])
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert len(store.all()) == 1


def test_another_process_knows_it_again(inbox, tmp_path):
    (first,) = inbox.take([create("m1")])
    other = open_record(tmp_path / "agent")
    (again,) = Inbox(other, RequestStore(other)).take([create("m1")])
    other.close()
    assert (again.request, again.is_repeated) == (first.request, True)


def test_another_message_under_the_same_id_is_refused(inbox, store):
    inbox.take([create("m1")])
    (refused,) = inbox.take([create("m1", "Add two.")])
    assert isinstance(refused, StepRefused)
    assert "found another" in str(refused)
    assert len(store.all()) == 1


def test_a_refused_message_leaves_the_others_alone_and_is_judged_anew(inbox, store):
    refused, done = inbox.take([cancel("m1", "r1"), create("m2", request="r1")])
    assert isinstance(refused, RequestNotFound)
    assert done == Receipt("r1", State.NOT_STARTED)
    (canceled,) = inbox.take([cancel("m1", "r1")])
    assert canceled == Receipt("r1", State.CANCELED)
    (again,) = inbox.take([cancel("m1", "r1")])
    assert again.is_repeated


def test_what_fails_midway_is_not_written_and_not_told(inbox, store):
    told = []
    store.subscribe(told.append)

    def fail(user):
        user.create({"objective": "Lost."}, "lost")
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError):
        inbox.take([create("m1", request="r1"), ClientMessage("m2", {}, fail)])
    assert store.all() == []
    assert told == []
    inbox.take([create("m1", request="r1")])
    assert [(event.request, event.kind) for event in told] == [("r1", "created")]


def test_listeners_are_told_when_all_is_written(inbox, store, tmp_path):
    other = open_record(tmp_path / "agent")
    seen = []
    store.subscribe(lambda event: seen.append(len(RequestStore(other).all())))
    inbox.take([create("m1"), create("m2", "Add two.")])
    other.close()
    assert seen == [2, 2]


def test_old_messages_are_forgotten(inbox, database, store):
    inbox.take([create("m1"), create("m2")])
    with database.transaction():
        database.write("UPDATE client_messages SET at = '2020-01-01T00:00:00.000+00:00' WHERE id = 'm1'")
    assert KEPT_DAYS > 1
    inbox.forget_old()
    (old,) = inbox.take([create("m1")])
    (new,) = inbox.take([create("m2")])
    assert (old.is_repeated, new.is_repeated) == (False, True)
