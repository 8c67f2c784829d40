from __future__ import annotations

import pytest

from language_models import Completion, ContextOverflow, Message, ToolCall
from language_models.conversation import Conversation, parts_of
from language_models.window import (
    DROPPED,
    Compaction,
    DropOldest,
    DropOldestResults,
    KeepLast,
    Summarise,
    Window,
    estimated_tokens,
)
from tests.language_models.planted import SECRET

CALLS = Completion("", "tool_calls", (ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")))


def words(text: str) -> int:
    return len(text.split())


def long_conversation() -> Conversation:
    """System, then five turns: a question, two calls with a result of 50 words each, an answer."""
    said = Conversation().with_system("Be short.")
    for number in range(5):
        said = said.with_user(f"question {number}").with_assistant(CALLS)
        said = said.with_tool_result("a", "word " * 50).with_tool_result("b", "word " * 50)
        said = said.with_assistant(f"answer {number}")
    return said


def fitted(tokens: int, *compactions: Compaction) -> Conversation:
    return Window(tokens, compactions, words).fitted(long_conversation(), reply_tokens=10)


def roles(conversation: Conversation) -> list[str]:
    return [message.role for message in conversation.messages]


def test_a_conversation_grows_into_new_ones() -> None:
    empty = Conversation()
    said = empty.with_user("2 + 2?").with_assistant("4").with_system("Be short.")
    assert empty.messages == ()
    assert [(part.role, part.content) for part in said.messages] == [
        ("system", "Be short."),
        ("user", "2 + 2?"),
        ("assistant", "4"),
    ]


def test_calls_wait_for_their_results() -> None:
    said = Conversation().with_user("u").with_assistant(CALLS).with_tool_result("b", "2")
    assert [call.id for call in said.open_calls] == ["a"]
    with pytest.raises(ValueError, match="results of the calls a first, found a message of the user"):
        said.with_user("next")
    with pytest.raises(ValueError, match=r"a result of an open call \(a\), found one of 'b'"):
        said.with_tool_result("b", "again")
    done = said.with_tool_result("a", "1")
    assert done.open_calls == ()
    again = done.with_assistant(CALLS)
    assert [call.id for call in again.open_calls] == ["a", "b"]
    with pytest.raises(ValueError, match="none is open"):
        Conversation((Message("tool", "1", tool_call_id="x"),))


def test_what_fits_stays_as_it_is() -> None:
    assert fitted(10_000, KeepLast(1)) == long_conversation()


def test_the_last_messages_are_kept_with_the_instructions_and_calls_whole() -> None:
    assert roles(fitted(200, KeepLast(1))) == ["system", "assistant"]
    assert roles(fitted(200, KeepLast(2))) == ["system", "assistant", "tool", "tool", "assistant"]


def test_the_oldest_results_go_first_and_no_more_than_need_be() -> None:
    whole = Window(10_000, (), words)
    assert whole.fitted(long_conversation(), 10) == long_conversation()
    made = fitted(500, DropOldestResults())
    results = [message.content == DROPPED for message in made.messages if message.role == "tool"]
    assert results == sorted(results, reverse=True)
    assert 0 < sum(results) < len(results)
    assert [part.role for part in made.messages] == roles(long_conversation())


@pytest.mark.parametrize("tokens", [60, 100, 150, 300, 400])
def test_compaction_never_splits_a_call_from_its_results(tokens: int) -> None:
    made = fitted(tokens, DropOldestResults(), DropOldest())
    assert made.messages[0].content == "Be short."
    for part in parts_of(made.messages):
        assert len(part) == 1 + len(part[0].tool_calls)
    assert sum(6 + words(message.content) for message in made.messages) <= tokens - 10


def test_what_goes_can_be_summarised() -> None:
    told: list[Message] = []

    def summary(messages: tuple[Message, ...]) -> str:
        told.extend(messages)
        return f"{len(messages)} messages"

    made = fitted(100, Summarise(summary, keep=1))
    assert [message.content for message in made.messages][1:] == [
        f"Summary of what was said before:\n{len(told)} messages",
        "answer 4",
    ]
    assert (*long_conversation().messages[:1], *told, made.messages[-1]) == long_conversation().messages


def test_what_cannot_fit_is_refused_with_the_arithmetic() -> None:
    said = Conversation().with_user("word " * 100)
    with pytest.raises(ContextOverflow, match=r"at most 40 tokens .*a context of 50, less 10 .* found 106"):
        Window(50, count=words).fitted(said, reply_tokens=10)
    with pytest.raises(ContextOverflow, match="at most 10 tokens"):
        Window(50, count=words).fitted(said, reply_tokens=10, beside="tool " * 30)


def test_the_estimate_is_rather_too_much() -> None:
    assert estimated_tokens("") == 0
    assert estimated_tokens("The quick brown fox jumps over the lazy dog.") >= 10
    assert estimated_tokens("\ud800") > 0


def test_a_repr_says_nothing_of_what_was_said() -> None:
    said = Conversation().with_user(SECRET)
    assert repr(said) == f"Conversation(1 messages, {len(SECRET)} characters)"
