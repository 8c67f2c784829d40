from __future__ import annotations

import logging
import socket
import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from language_models import ChatRequest, Message, ModelRequestFailed, ModelUnavailable, Usage
from language_models.openai_backend import OpenAIBackend, from_environment
from tests.language_models.chat_server import completion, serving

KEY = "sk-planted-key-0123456789"
REQUEST = ChatRequest((Message("user", "Say hi."),), samples=1, max_tokens=9, temperature=0.5, seed=7)


def backend(url: str, **settings: Any) -> OpenAIBackend:
    return OpenAIBackend(
        "stub", api_key=KEY, base_url=url, **{"retries": 0, "timeout_seconds": 5.0, **settings}
    )


def wanting(samples: int) -> ChatRequest:
    return ChatRequest(REQUEST.messages, samples=samples, seed=7)


def test_a_reply_comes_back_with_its_usage_and_the_request_says_what_was_asked() -> None:
    with serving(lambda _: (200, completion("hi"))) as endpoint, backend(endpoint.url) as chat:
        answer = chat.chat(REQUEST)
    assert answer.texts == ("hi",)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage == Usage(5, 1)
    assert endpoint.bodies == [
        {
            "model": "stub",
            "messages": [{"role": "user", "content": "Say hi."}],
            "n": 1,
            "max_tokens": 9,
            "temperature": 0.5,
            "seed": 7,
        }
    ]
    assert endpoint.keys == [f"Bearer {KEY}"]


def test_samples_come_in_one_request_where_the_endpoint_knows_n() -> None:
    with (
        serving(lambda body: (200, completion(*"abc"[: body["n"]]))) as endpoint,
        backend(endpoint.url) as chat,
    ):
        assert chat.chat(wanting(3)).texts == ("a", "b", "c")
    assert len(endpoint.bodies) == 1


def test_samples_come_one_by_one_with_seeds_of_their_own_where_the_endpoint_ignores_n() -> None:
    with (
        serving(lambda body: (200, completion(f"seed {body['seed']}"))) as endpoint,
        backend(endpoint.url) as chat,
    ):
        answer = chat.chat(wanting(3))
    assert answer.texts == ("seed 7", "seed 8", "seed 9")
    assert answer.usage == Usage(15, 3)


def test_an_endpoint_that_refuses_n_is_asked_once_for_many_and_then_one_by_one() -> None:
    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        return (400, {"error": {"message": "n > 1"}}) if body["n"] > 1 else (200, completion("x"))

    with serving(answer) as endpoint, backend(endpoint.url) as chat:
        assert chat.chat(wanting(3)).texts == ("x", "x", "x")
    assert [body["n"] for body in endpoint.bodies] == [3, 1, 1, 1]


def test_the_client_repeats_after_a_server_error() -> None:
    replies = iter([(503, {"error": {"message": "busy"}}), (200, completion("at last"))])
    with serving(lambda _: next(replies)) as endpoint, backend(endpoint.url, retries=1) as chat:
        assert chat.chat(REQUEST).texts == ("at last",)


def test_without_a_model_the_first_one_served_is_used() -> None:
    with serving(lambda body: (200, completion(body["model"]))) as endpoint:
        chosen = from_environment({"OPENAI_BASE_URL": endpoint.url})
        assert chosen is not None
        with chosen as chat:
            assert chat.chat(REQUEST).texts == ("first",)
            assert chat.name.startswith("first at 127.0.0.1:")


def test_a_server_that_keeps_no_list_of_models_is_asked_for_its_default() -> None:
    with serving(lambda body: (200, completion(body["model"]))) as endpoint:
        endpoint.lists_models = False
        with OpenAIBackend(None, base_url=endpoint.url, retries=0) as chat:
            chat.reach()
            assert chat.chat(REQUEST).texts == ("default",)


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (400, {"error": {"message": "context too long"}}, ModelRequestFailed, "context too long"),
        (401, {"error": {"message": f"bad key {KEY}"}}, ModelUnavailable, "OPENAI_API_KEY"),
        (404, {"error": {"message": "no such model"}}, ModelUnavailable, "no such model"),
        (429, {"error": {"message": "slow down"}}, ModelRequestFailed, "slow down"),
        (500, {"error": {"message": f"broke with {KEY}"}}, ModelRequestFailed, "broke with"),
        (200, {"choices": []}, ModelRequestFailed, "expected a chat completion"),
        (200, b"{not json", ModelRequestFailed, "stub at 127.0.0.1"),
        (200, b"\xff\xfe", ModelRequestFailed, "stub at 127.0.0.1"),
        (200, ["a list"], ModelRequestFailed, "expected a chat completion"),
        (200, {"choices": [{"index": 0}]}, ModelRequestFailed, "expected a chat completion"),
    ],
)
def test_a_fault_of_the_endpoint_is_a_typed_error_without_the_key(
    status: int, body: Any, expected: type[Exception], words: str
) -> None:
    with serving(lambda _: (status, body)) as endpoint, backend(endpoint.url) as chat:
        with pytest.raises(expected, match=words) as caught:
            chat.chat(REQUEST)
        assert KEY not in "".join(traceback.format_exception(caught.value))


def test_an_endpoint_that_does_not_answer_in_time_is_given_up() -> None:
    let_go = threading.Event()

    def silent(_: dict[str, Any]) -> tuple[int, Any]:
        let_go.wait(10)
        return 200, completion("late")

    with serving(silent) as endpoint, backend(endpoint.url, timeout_seconds=0.2) as chat:
        with pytest.raises(ModelRequestFailed, match=r"no answer within 0.2 s"):
            chat.chat(REQUEST)
        let_go.set()


def test_a_port_that_refuses_names_the_host_and_what_to_check() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with (
            backend(f"http://127.0.0.1:{port}/v1") as chat,
            pytest.raises(ModelUnavailable, match=rf"127\.0\.0\.1:{port}: cannot connect .* OPENAI_BASE_URL"),
        ):
            chat.chat(REQUEST)


def test_neither_the_key_nor_a_password_in_the_address_is_in_repr_or_name() -> None:
    with OpenAIBackend("m", api_key=KEY, base_url="http://user:hunter2@example.org/v1") as chat:
        assert repr(chat) == "OpenAIBackend(m at example.org)"
    with pytest.raises(ValueError, match="expected an address") as caught:
        OpenAIBackend("m", api_key=KEY, base_url="ftp://user:hunter2@example.org")
    assert "hunter2" not in str(caught.value)


def test_the_environment_chooses_the_endpoint(caplog: pytest.LogCaptureFixture) -> None:
    assert from_environment({}) is None
    with caplog.at_level(logging.INFO):
        assert from_environment({"OPENAI_API_KEY": KEY}) is None
    assert "FUNSEARCH_MODEL is not" in caplog.text
    assert KEY not in caplog.text
    with pytest.raises(ModelUnavailable, match="set OPENAI_BASE_URL or OPENAI_API_KEY"):
        from_environment({"FUNSEARCH_MODEL": "m"})
    chosen = from_environment({"OPENAI_API_KEY": KEY, "FUNSEARCH_MODEL": "m"})
    assert chosen is not None
    with chosen as chat:
        assert chat.name == "m at api.openai.com"


def test_only_one_file_imports_openai() -> None:
    room = Path(__file__).parents[2] / "language_models"
    doors = [path.name for path in room.glob("*.py") if "import openai" in path.read_text()]
    assert doors == ["endpoint.py"]
