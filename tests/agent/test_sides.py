"""The user's side and the system's: each has its own steps, and what comes in is checked."""

import pytest

from agent.agent_file import open_record
from agent.errors import RequestRefused, StepRefused
from agent.request import Outcome, Question, State
from agent.requests.request_store import RequestStore
from agent.requests.sides import SystemSide, UserSide

FIELDS = {"objective": "Add the prices.", "constraints": ["no new tools"]}


@pytest.fixture
def store(tmp_path):
    database = open_record(tmp_path)
    yield RequestStore(database)
    database.close()


def test_a_request_is_created_asked_about_answered_and_fulfilled(store):
    user, system = UserSide(store), SystemSide(store)
    id = user.create(FIELDS, "r1").id
    assert system.status(id, State.IN_PROGRESS).state is State.IN_PROGRESS
    system.progress(id, "looking")
    system.ask(id, Question("q1", "Which?"))
    assert user.get(id).question == Question("q1", "Which?")
    user.answer(id, "these", "q1")
    assert system.status(id, State.SUCCEEDED, Outcome(3)).outcome == Outcome(3)
    assert [request.id for request in user.all([State.SUCCEEDED])] == [id]
    assert user.events(id)[-1].kind == "SUCCEEDED"


def test_an_update_changes_the_fields_given_and_is_checked_as_a_whole(store):
    user = UserSide(store)
    id = user.create(FIELDS).id
    assert user.update(id, {"requirements": ["answer == 3"]}).wish.constraints == ("no new tools",)
    for changes in ({"requirements": ["answer == 3", "answer == 4"]}, {"objective": " "}, {"goal": "x"}):
        with pytest.raises(RequestRefused):
            user.update(id, changes)
    assert user.get(id).wish.requirements == ("answer == 3",)


def test_a_wish_that_is_refused_is_not_filed(store):
    with pytest.raises(RequestRefused):
        UserSide(store).create({"objective": ""})
    assert store.all() == []


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("outcome", [None, Outcome(1)])
def test_the_system_sets_only_what_is_its_to_set(store, state, outcome):
    id = UserSide(store).create(FIELDS).id
    is_right = state is State.IN_PROGRESS if outcome is None else state in (State.SUCCEEDED, State.FAILED)
    if not is_right:
        with pytest.raises(ValueError, match="expected IN_PROGRESS without an outcome"):
            SystemSide(store).status(id, state, outcome)
    elif state is State.SUCCEEDED:
        with pytest.raises(StepRefused):
            SystemSide(store).status(id, state, outcome)
    else:
        assert SystemSide(store).status(id, state, outcome).state is state


def test_the_user_cancels_in_any_state_that_has_not_ended(store):
    user, system = UserSide(store), SystemSide(store)
    for number, steps in enumerate(([], ["start"], ["start", "ask"])):
        id = user.create(FIELDS, f"r{number}").id
        if "start" in steps:
            system.status(id, State.IN_PROGRESS)
        if "ask" in steps:
            system.ask(id, Question("q1", "Which?"))
        assert user.cancel(id).state is State.CANCELED
        with pytest.raises(StepRefused, match="it has ended"):
            user.cancel(id)
