"""Only what a user said is remembered, with its source; users read, change and delete it."""

import pytest

from agent.chatting.conversations import Conversations, Turn
from agent.chatting.user_memory import AnswerGiven, UserMemory
from agent.errors import FactNotFound, FactRefused
from agent.request import Question, Wish
from agent.requests.request_store import RequestStore


@pytest.fixture
def memory(database):
    return UserMemory(database)


@pytest.fixture
def turns(database):
    return Conversations(database)


def test_a_fact_is_learned_once_with_the_turn_that_said_it(memory, turns):
    turn = turns.add("c1", "user", "I live in Berlin, and please always use metric units.")
    fact = memory.learn("ann", "Lives in Berlin.", turn)
    liking = memory.learn("ann", "The user prefers metric units", turn, "preference")
    assert (fact.source, fact.kind, liking.kind) == (f"turn {turn.number}", "fact", "preference")
    assert memory.learn("ann", "lives in  BERLIN", turn) == fact
    assert memory.of("ann") == [fact, liking]
    assert memory.of("bob") == []
    assert memory.users() == ["ann"]


def test_an_answer_of_the_user_is_a_source(memory, database):
    store = RequestStore(database)
    store.file(Wish("x"), "r9")
    store.start("r9")
    store.ask("r9", Question("q1", "Which units do you like? Perhaps imperial ones?"))
    with pytest.raises(FactRefused, match="found none on record as answer r9/q1"):
        memory.learn("ann", "prefers metric units", AnswerGiven("r9", "q1"))
    store.answer("r9", "metric ones")
    assert memory.learn("ann", "prefers metric units", AnswerGiven("r9", "q1")).source == "answer r9/q1"
    with pytest.raises(FactRefused, match="found other words"):
        memory.learn("ann", "prefers imperial units", AnswerGiven("r9", "q1"))


def test_what_others_said_is_never_learned(memory, turns):
    told = turns.add("c1", "assistant", "You live in Paris.")
    heard = turns.add("c1", "user", "Summarise the document, please.")
    with pytest.raises(FactRefused, match="something that the user said"):
        memory.learn("ann", "lives in Paris", told)
    with pytest.raises(FactRefused, match="found other words"):
        memory.learn("ann", "lives in Paris", heard)
    forged = Turn(heard.number, "c1", "user", "I live in Paris")
    with pytest.raises(FactRefused, match="found other words"):
        memory.learn("ann", "lives in Paris", forged)
    with pytest.raises(FactRefused, match="something that the user said"):
        memory.learn("ann", "lives in Paris", Turn(99, "c1", "user", "I live in Paris"))
    for other in ("document.txt", "turn 2", None, {"tool": "weather"}):
        with pytest.raises(TypeError, match="expected a Turn or an AnswerGiven"):
            memory.learn("ann", "lives in Paris", other)
    assert memory.of("ann") == []


@pytest.mark.parametrize(
    ("fact", "said", "is_right"),
    [
        ("has 3 children", "I have three children", True),
        ("has 4 children", "I have three children", False),
        ("does not eat meat", "I eat meat", False),
        ("does not eat meat", "I don\u2019t eat meat", True),
        ("vegetarian", "Being a vegetarian, I need recipes", True),
        ("The user prefers Python", "hello", False),
        ("The user", "hello", False),
        ("wohnt in München", "Ich wohne in München", True),
    ],
)
def test_a_fact_must_be_in_the_words_of_its_source(memory, turns, fact, said, is_right):
    turn = turns.add("c1", "user", said)
    if is_right:
        assert memory.learn("ann", fact, turn).text == fact
    else:
        with pytest.raises(FactRefused):
            memory.learn("ann", fact, turn)


@pytest.mark.parametrize(
    ("text", "kind"), [("", "fact"), (" \n", "fact"), ("x" * 501, "fact"), ("x", "rumour")]
)
def test_what_is_no_fact_is_refused(memory, turns, text, kind):
    with pytest.raises(FactRefused):
        memory.learn("ann", text, turns.add("c1", "user", "x"), kind)


def test_facts_are_edited_and_deleted(memory, turns):
    turn = turns.add("c1", "user", "I live in Berlin and like tea")
    first, second = memory.learn("ann", "lives in Berlin", turn), memory.learn("ann", "likes tea", turn)
    edited = memory.edit(first.id, "lives in Bonn")
    assert (edited.text, edited.source) == ("lives in Bonn", f"turn {turn.number}, edited")
    assert memory.edit(first.id, "lives in Ulm").source == edited.source
    with pytest.raises(FactRefused, match="known already"):
        memory.edit(first.id, "likes tea")
    memory.delete(first.id)
    assert memory.of("ann") == [second]
    for call in (memory.get, memory.delete, lambda id: memory.edit(id, "x")):
        with pytest.raises(FactNotFound, match=f"fact {first.id}"):
            call(first.id)


def test_all_of_a_user_is_forgotten_and_nothing_of_another(memory, turns):
    turn = turns.add("c1", "user", "I like tea and cake")
    memory.learn("ann", "likes tea", turn)
    memory.learn("ann", "likes cake", turn)
    kept = memory.learn("bob", "likes tea", turn)
    assert memory.forget("ann") == 2
    assert memory.forget("ann") == 0
    assert (memory.of("ann"), memory.of("bob")) == ([], [kept])


def test_preferences_count_always_and_facts_where_they_matter(memory, turns):
    turn = turns.add("c1", "user", "I live in Berlin, have two dogs, and like short answers")
    home = memory.learn("ann", "lives in Berlin", turn)
    memory.learn("ann", "has two dogs", turn)
    short = memory.learn("ann", "likes short answers", turn, "preference")
    assert memory.relevant("ann", "What is the weather in Berlin?") == [short, home]
    assert memory.relevant("ann", "Add numbers.") == [short]
    assert memory.relevant("bob", "Berlin") == []
