from __future__ import annotations

import pytest

from language_models import ChatRequest, CompletionRequest, Message
from language_models.scripted import ScriptedBackend


def test_a_list_is_answered_in_order_and_then_again() -> None:
    backend = ScriptedBackend(["a", "b"])
    assert backend.complete(CompletionRequest("p", samples=3)).texts == ("a", "b", "a")


def test_a_callable_sees_the_request_and_requests_are_kept() -> None:
    def shout(request: CompletionRequest | ChatRequest) -> str:
        assert isinstance(request, ChatRequest)
        return request.messages[0].content.upper()

    backend = ScriptedBackend(shout)
    request = ChatRequest((Message("user", "hi"),))
    assert backend.chat(request).texts == ("HI",)
    assert backend.requests == [request]


def test_a_script_without_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        ScriptedBackend([])
