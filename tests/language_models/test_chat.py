from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from language_models import (
    ChatRequest,
    Completion,
    Completions,
    ContextOverflow,
    Delta,
    End,
    FormUnsupported,
    Message,
    ModelRequestFailed,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from language_models.asking import ChatFailed
from language_models.call_parser import CallParser, ReadCall
from language_models.chat import Chat
from language_models.chat_stream import AskedAgain, CallDone, Event, FieldDone
from language_models.conversation import Conversation
from language_models.json_parser import JsonParser
from language_models.scripted import ScriptedBackend
from language_models.sending import Manner
from language_models.window import Window
from tests.language_models.planted import SECRET


class Plan(BaseModel):
    goal: str
    steps: list[str]


GOOD = '{"goal": "rest", "steps": ["sleep"]}'
QUESTION = Conversation().with_system("Plan.").with_user("What now?")


class Limited:
    """Answers in turn, and says what it cannot do."""

    def __init__(
        self, answers: Sequence[str | Completion], *, lacks: Sequence[str] = (), most: int = 10**6
    ) -> None:
        self.name = "limited"
        self.requests: list[ChatRequest] = []
        self._answers = iter(answers)
        self._lacks = lacks
        self._most = most

    def chat(self, request: ChatRequest) -> Completions:
        self.requests.append(request)
        if any(getattr(request, form) for form in self._lacks):
            raise FormUnsupported("limited: no such form")
        if sum(len(message.content) for message in request.messages) > self._most:
            raise ContextOverflow("limited: too long")
        answer = next(self._answers)
        said = Completion(answer, "stop") if isinstance(answer, str) else answer
        return Completions((said,), Usage(10, 1))


class Streaming:
    """Streams what it is told to, piece by piece; `asked` says how much was taken."""

    name = "streaming"

    def __init__(self, *replies: Sequence[Delta]) -> None:
        self._replies = iter(replies)
        self.taken = 0
        self.closed = 0

    def chat(self, request: ChatRequest) -> Completions:
        raise AssertionError("expected a stream")

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        try:
            for delta in next(self._replies):
                self.taken += 1
                yield delta
        finally:
            self.closed += 1


def pieces(text: str, size: int = 4) -> list[Delta]:
    parts: list[Delta] = [TextDelta(text[start : start + size]) for start in range(0, len(text), size)]
    return [*parts, End("stop", Usage(10, len(parts)))]


def test_the_text_of_a_reply_is_the_answer_where_nothing_else_is_asked_for() -> None:
    answer = Chat(ScriptedBackend([" Sleep. "])).ask(QUESTION)
    assert (answer.value, answer.attempts) == ("Sleep.", 1)
    assert answer.conversation.messages[:2] == QUESTION.messages
    assert answer.conversation.messages[2] == Message("assistant", " Sleep. ")


def test_a_reply_of_the_wrong_form_is_shown_with_what_is_wrong_and_asked_for_again() -> None:
    backend = Limited(["I will.", '{"goal": 1, "steps": []}', GOOD])
    answer = Chat(backend, Manner(seed=7)).ask(QUESTION, JsonParser(Plan))
    assert answer.value == Plan(goal="rest", steps=["sleep"])
    assert (answer.attempts, answer.usage) == (3, Usage(30, 3))
    assert [request.seed for request in backend.requests] == [7, 8, 9]
    *_, wrong, complaint = backend.requests[2].messages
    assert wrong == Message("assistant", '{"goal": 1, "steps": []}')
    assert "goal: Input should be a valid string" in complaint.content
    assert [message.role for message in answer.conversation.messages] == ["system", "user", "assistant"]


def test_a_chat_that_fails_holds_every_attempt() -> None:
    with pytest.raises(
        ChatFailed, match="no reply of the form asked for in 2 attempts: 1: .* found 'a'; 2: "
    ) as failed:
        Chat(Limited(["a", "b"])).ask(QUESTION, JsonParser(Plan), attempts=2)
    assert [attempt.reply.text for attempt in failed.value.attempts] == ["a", "b"]
    assert failed.value.usage == Usage(20, 2)
    assert isinstance(failed.value, ModelRequestFailed)
    with pytest.raises(ValueError, match="attempts: expected a whole number of 1 or more, found 0"):
        Chat(Limited([])).ask(QUESTION, attempts=0)


def test_the_surest_form_is_asked_for_that_the_backend_has() -> None:
    able, by_words = Limited([GOOD]), Limited([GOOD, GOOD], lacks=["schema"])
    assert Chat(able).ask(QUESTION, JsonParser(Plan)).value.goal == "rest"
    assert able.requests[0].schema is not None
    chat = Chat(by_words)
    assert chat.ask(QUESTION, JsonParser(Plan)).attempts == 1
    assert chat.ask(QUESTION, JsonParser(Plan)).value.goal == "rest"
    assert [request.schema is None for request in by_words.requests] == [False, True, True]
    assert '"steps"' in by_words.requests[1].messages[0].content
    assert QUESTION.messages[0].content == "Plan."


def add(x: int, y: int) -> int:
    """Adds."""
    return x + y


def test_tools_are_used_from_call_to_answer() -> None:
    call = ToolCall("c1", "add", '{"x": 1, "y": 2}')
    backend = Limited([Completion("", "tool_calls", (call,)), "It is 3."])
    chat, parser = Chat(backend), CallParser([add])
    first = chat.ask(QUESTION, parser)
    (wanted,) = first.value.calls
    assert wanted == ReadCall("c1", "add", {"x": 1, "y": 2})
    second = chat.ask(first.conversation.with_tool_result(wanted.id, str(add(**wanted.arguments))), parser)
    assert (second.value.text, second.value.calls) == ("It is 3.", ())
    assert backend.requests[1].messages[-1] == Message("tool", "3", tool_call_id="c1")


@pytest.mark.parametrize("lacks", [["tools"], ["tools", "schema"]])
def test_a_model_that_knows_no_tools_calls_them_by_the_same_interface(lacks: list[str]) -> None:
    backend = Limited(
        ['{"tool": "add", "arguments": {"x": 1, "y": 2}}', '{"reply": "It is 3."}'], lacks=lacks
    )
    chat, parser = Chat(backend), CallParser([add])
    first = chat.ask(QUESTION, parser)
    (wanted,) = first.value.calls
    assert first.conversation.open_calls[0].id == wanted.id
    second = chat.ask(first.conversation.with_tool_result(wanted.id, "3"), parser)
    assert second.value.text == "It is 3."
    said = backend.requests[-1].messages
    assert all(message.role != "tool" and not message.tool_calls for message in said)
    assert said[-2].content == '{"tool": "add", "arguments": {"x": 1, "y": 2}}'
    assert said[-1] == Message("user", "Result of the call: 3")
    assert "Adds." in said[0].content


def test_wrong_calls_go_back_as_words_since_no_endpoint_takes_broken_ones_back() -> None:
    wrong, right = ToolCall("a", "add", '{"x": '), ToolCall("b", "add", '{"x": 1, "y": 2}')
    backend = Limited([Completion("", "tool_calls", (wrong,)), Completion("", "tool_calls", (right,))])
    answer = Chat(backend).ask(QUESTION, CallParser([add]))
    assert answer.attempts == 2
    assert not any(message.tool_calls for message in backend.requests[1].messages)
    assert json.loads(backend.requests[1].messages[-2].content) == {"tool": "add", "arguments": '{"x": '}


def test_a_conversation_is_fitted_to_the_window_and_more_where_the_backend_disagrees() -> None:
    long = QUESTION
    for _ in range(20):
        long = long.with_assistant("a" * 100).with_user("u" * 100)
    backend = Limited(["Yes."] * 2, most=1200)
    chat = Chat(backend, Manner(max_tokens=10), window=Window(600))
    assert chat.ask(QUESTION).value == "Yes."
    answer = chat.ask(long)
    assert answer.value == "Yes."
    assert len(backend.requests) == 3
    assert backend.requests[-1].messages[0].content == "Plan."
    with pytest.raises(ContextOverflow, match="limited: too long"):
        Chat(Limited([], most=5)).ask(long)


def test_fields_are_usable_before_the_last_piece() -> None:
    backend = Streaming(pieces(GOOD))
    reply = Chat(backend).stream(QUESTION, JsonParser(Plan))
    first = next(event for event in reply if isinstance(event, FieldDone))
    assert (first.path, first.value) == (("goal",), "rest")
    assert backend.taken < len(pieces(GOOD)) / 2
    rest = [event.path for event in reply if isinstance(event, FieldDone)]
    assert rest == [("steps", 0), ("steps",), ()]
    assert reply.answer.value == Plan(goal="rest", steps=["sleep"])
    assert reply.answer.usage.prompt_tokens == 10


def test_text_is_passed_on_as_it_comes() -> None:
    backend = Streaming(pieces("Sleep well."))
    with Chat(backend).stream(QUESTION) as reply:
        assert next(iter(reply)) == TextDelta("Slee")
        assert backend.taken == 1
        assert reply.answer.value == "Sleep well."
        assert reply.answer.conversation.messages[-1].content == "Sleep well."


def call_pieces(index: int, arguments: str) -> list[Delta]:
    first = ToolCallDelta(index, f"c{index}", "add", "")
    return [first, *(ToolCallDelta(index, "", "", letter) for letter in arguments)]


def test_a_call_is_usable_before_the_next_one_begins() -> None:
    deltas = [
        *call_pieces(0, '{"x": 1, "y": 2}'),
        *call_pieces(1, '{"x": 3}'),
        *call_pieces(2, '{"x": 5, "y": 6}'),
    ]
    backend = Streaming(
        [*deltas, End("tool_calls", Usage(1, 1))], [TextDelta("Done."), End("stop", Usage(1, 1))]
    )
    reply = Chat(backend).stream(QUESTION, CallParser([add]), attempts=2)
    events: Iterator[Event] = iter(reply)
    first = next(event for event in events if isinstance(event, CallDone))
    assert first.call == ReadCall("c0", "add", {"x": 1, "y": 2})
    assert backend.taken == len(call_pieces(0, '{"x": 1, "y": 2}'))
    rest = [event for event in events if isinstance(event, CallDone | AskedAgain)]
    assert isinstance(rest[0], CallDone)
    assert rest[0].call.id == "c2"
    assert "the keys x, y" in str(rest[1].error) if isinstance(rest[1], AskedAgain) else False
    assert (reply.answer.value.text, reply.answer.attempts) == ("Done.", 2)


def test_a_backend_that_cannot_stream_gives_the_same_at_once() -> None:
    reply = Chat(Limited(['{"tool": "add", "arguments": {"x": 1, "y": 2}}'], lacks=["tools"])).stream(
        QUESTION, CallParser([add])
    )
    calls = [event.call.name for event in reply if isinstance(event, CallDone)]
    assert calls == ["add"]
    assert reply.answer.value.calls[0].arguments == {"x": 1, "y": 2}


def test_leaving_a_reply_ends_its_request() -> None:
    backend = Streaming(pieces(GOOD))
    with Chat(backend).stream(QUESTION, JsonParser(Plan)) as reply:
        next(iter(reply))
    assert backend.closed == 1
    assert backend.taken == 1
    with pytest.raises(ValueError, match="closed or has failed"):
        _ = reply.answer


def test_a_stream_that_breaks_off_is_a_failure_not_an_answer() -> None:
    reply = Chat(Streaming(pieces(GOOD)[:-1])).stream(QUESTION, JsonParser(Plan))
    with pytest.raises(ModelRequestFailed, match="expected its end"):
        list(reply)


def test_no_error_of_a_chat_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", SECRET)
    chat: Any = Chat(Limited([f"the key is {SECRET}"]))
    with pytest.raises(ChatFailed) as failed:
        chat.ask(Conversation().with_user(SECRET), JsonParser(Plan), attempts=1)
    assert "the key is ***" in str(failed.value)
    for shown in (str(failed.value), repr(failed.value), repr(chat)):
        assert SECRET not in shown
