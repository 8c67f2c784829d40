"""The agent behind OpenAI's chat completions, asked by OpenAI's own client over real HTTP."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from agent.request import Outcome, State
from agent.requests.request_store import RequestStore
from agent.worker import open_worker
from language_models import ModelUnavailable
from service.web import completions_api
from service.web.chat_requests import ChatRequests, notice
from tests.agent.doubling import DOUBLE
from tests.agent.routed_model import PLAN, RoutedModel, code
from tests.service.chat_server import PATIENCE, TOKEN, ChatServer, asking, chatting, echoing
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder

MODEL = "funsearch-agent"


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def ask(server: ChatServer, messages: list[Any], **settings: Any) -> Any:
    return server.client.chat.completions.create(model=MODEL, messages=messages, **settings)


def content(server: ChatServer, messages: list[Any], **settings: Any) -> str:
    return str(ask(server, messages, **settings).choices[0].message.content)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChatServer]:
    with chatting(tmp_path, echoing) as opened:
        yield opened


def test_the_answer_of_the_request_is_the_reply(server: ChatServer) -> None:
    completion = ask(server, said("double 21"))
    assert completion.object == "chat.completion"
    assert completion.model == MODEL
    assert completion.choices[0].finish_reason == "stop"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].message.content == "DOUBLE 21"
    assert completion.usage.total_tokens == 150
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )
    (request,) = server.store.all()
    assert completion.id == f"chatcmpl-{request.id}"


def test_a_stream_shows_progress_as_reasoning_then_the_answer(server: ChatServer) -> None:
    chunks = list(ask(server, said("double 21"), stream=True, stream_options={"include_usage": True}))
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    reasoning = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    assert reasoning == "looking for tools\nplan 1\n"
    assert "".join(delta.content or "" for delta in deltas) == "DOUBLE 21"
    finishes = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"]
    assert chunks[-1].usage.total_tokens == 150
    assert not any(chunk.usage for chunk in chunks[:-1])


def test_a_stream_ends_as_the_wire_format_has_it(server: ChatServer) -> None:
    body = {"model": MODEL, "messages": said("double 21"), "stream": True}
    status, headers, text = post(server, body)
    assert status == 200
    assert headers["content-type"].startswith("text/event-stream")
    assert text.endswith("data: [DONE]\n\n")
    events = [line for line in text.split("\n\n") if line]
    assert all(event.startswith("data: ") for event in events)
    assert "usage" not in text


def test_settings_of_sampling_are_taken_and_have_no_effect(server: ChatServer) -> None:
    settings = {"temperature": 0.3, "top_p": 0.9, "max_tokens": 5, "seed": 7, "user": "u", "stop": ["L"]}
    more = {"presence_penalty": 0.1, "frequency_penalty": 0.1, "n": 1, "response_format": {"type": "text"}}
    assert content(server, said("double 21"), **settings, **more) == "DOUBLE 21"


@pytest.mark.parametrize(
    ("settings", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
            "response_format",
        ),
        ({"logprobs": True}, "logprobs"),
        ({"extra_body": {"temperatur": 1}}, "temperatur"),
    ],
)
def test_what_would_change_the_answer_is_refused_by_name(
    settings: dict[str, Any], param: str, server: ChatServer
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(server, said("double 21"), **settings)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"
    assert param in refused.value.message
    assert server.store.all() == []


def test_an_unknown_model_is_not_found(server: ChatServer) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        server.client.chat.completions.create(model="gpt-99", messages=said("hello"))
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        server.client.models.retrieve("gpt-99")
    assert server.client.models.retrieve(MODEL).id == MODEL
    assert [model.id for model in server.client.models.list()] == [MODEL]


def test_content_may_come_in_parts_of_text_and_images_are_refused(server: ChatServer) -> None:
    parts = [{"type": "text", "text": "double"}, {"type": "text", "text": "21"}]
    assert content(server, [{"role": "user", "content": parts}]) == "DOUBLE"
    assert server.objectives() == ["double\n21"]
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(openai.BadRequestError, match="image_url"):
        ask(server, [{"role": "user", "content": [parts[0], image]}])


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": "   "}],
        [{"role": "user"}],
        [{"role": "user", "content": 7}],
        [{"role": "user", "content": [7]}],
        [{"role": "user", "content": "\0"}],
        [{"role": "user", "content": "\ud800"}],
        [{"role": "wizard", "content": "hello"}],
        [{"role": "tool", "content": "hello", "tool_call_id": "x"}],
        [{"role": "system", "content": "hello"}],
        [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes"}],
        [{"role": "user", "content": "x" * 30_000}],
        [["user", "hello"]],
        "hello",
        None,
        {"role": "user"},
    ],
)
def test_messages_that_cannot_be_answered_are_refused_in_the_known_shape(
    messages: Any, server: ChatServer
) -> None:
    status, _, text = post(server, {"model": MODEL, "messages": messages})
    assert status == 400
    error = json.loads(text)["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert server.store.all() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"[" * 50_000, b"\xff\xfe", b"{}"])
def test_bodies_that_are_no_call_are_refused_in_the_known_shape(body: bytes, server: ChatServer) -> None:
    status, _, text = send(server, "POST", "/v1/chat/completions", body)
    assert status == 400
    assert json.loads(text)["error"]["type"] == "invalid_request_error"


def test_other_paths_and_methods_are_refused_in_the_known_shape(server: ChatServer) -> None:
    for method, path, expected in (("POST", "/v1/embeddings", 404), ("GET", "/v1/chat/completions", 405)):
        status, _, text = send(server, method, path, b"{}")
        assert status == expected
        assert json.loads(text)["error"].keys() == {"message", "type", "param", "code"}


def test_nobody_is_answered_without_the_token(server: ChatServer) -> None:
    stranger = server.client.with_options(api_key="another-token-than-that")
    with pytest.raises(openai.AuthenticationError):
        stranger.chat.completions.create(model=MODEL, messages=said("hello"))
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_earlier_turns_go_along_as_quoted_context(server: ChatServer) -> None:
    messages = [{"role": "system", "content": "Be brief."}, *said("I live in Oslo."), reply("Good.")]
    assert content(server, [*messages, *said("tell the time there")]) == "TELL THE TIME THERE"
    (objective,) = server.objectives()
    first, _, context = objective.partition("\n\n")
    assert first == "tell the time there"
    assert "[data]\nsystem: Be brief.\nuser: I live in Oslo.\nassistant: Good.\n[end of data]" in context


def test_long_conversations_are_cut_to_their_last_turns(server: ChatServer) -> None:
    turns = [each for n in range(300) for each in (*said(f"number {n} " + "x" * 400), reply(f"heard {n}"))]
    assert content(server, [*turns, *said("sum up")]) == "SUM UP"
    (objective,) = server.objectives()
    assert len(objective) < 8_000
    assert "heard 299" in objective
    assert "heard 1\n" not in objective
    assert "earlier turns are left out" in objective


def test_the_same_words_again_are_a_new_request_once_the_first_has_ended(server: ChatServer) -> None:
    first, second = ask(server, said("double 21")), ask(server, said("double 21"))
    assert first.id != second.id
    assert len(server.store.all()) == 2


def test_a_question_is_the_reply_and_the_next_message_answers_it(tmp_path: Path) -> None:
    with chatting(tmp_path, asking("Which number?", "Really?")) as server:
        asked = ask(server, said("double a number"))
        assert asked.choices[0].message.content == "Which number?"
        assert asked.choices[0].finish_reason == "stop"
        talk = [*said("double a number"), reply("Which number?"), *said("21")]
        assert content(server, talk) == "Really?"
        talk += [reply("Really?"), *said("yes")]
        assert content(server, talk) == '["21", "yes"]'
        assert len(server.store.all()) == 1


def test_a_question_is_answered_after_a_restart_whatever_the_front_end_adds(tmp_path: Path) -> None:
    with chatting(tmp_path, asking("Which number?")) as server:
        today = [{"role": "system", "content": "It is Monday."}, *said("double a number")]
        assert content(server, today) == "Which number?"
    with chatting(tmp_path, asking("Which number?")) as server:
        tomorrow = [{"role": "system", "content": "It is Tuesday."}, *said(" double a number\n")]
        assert content(server, [*tomorrow, reply("Which number? "), *said("21")]) == '["21"]'
        assert len(server.store.all()) == 1


def test_two_conversations_with_one_question_stay_apart(tmp_path: Path) -> None:
    with chatting(tmp_path, asking("Which number?")) as server:
        for text in ("double a number", "halve a number"):
            assert content(server, said(text)) == "Which number?"
        talk = [*said("halve a number"), reply("Which number?"), *said("8")]
        assert content(server, talk) == '["8"]'
        states = {request.wish.objective: request.state for request in server.store.all()}
        assert states == {
            "double a number": State.WAITING_FEEDBACK, "halve a number": State.SUCCEEDED,
        }  # fmt: skip


def test_another_answer_to_an_answered_question_begins_anew(tmp_path: Path) -> None:
    with chatting(tmp_path, asking("Which number?")) as server:
        begun = [*said("double a number"), reply("Which number?")]
        assert content(server, said("double a number")) == "Which number?"
        assert content(server, [*begun, *said("21")]) == '["21"]'
        assert content(server, [*begun, *said("21")]) == '["21"]'
        assert len(server.store.all()) == 1
        assert content(server, [*begun, *said("22")]) == "Which number?"
        assert len(server.store.all()) == 2


def test_an_open_conversation_that_is_sent_again_is_the_same_request(tmp_path: Path) -> None:
    with chatting(tmp_path, asking("Which number?")) as server:
        assert content(server, said("double a number")) == "Which number?"
        assert content(server, said("double a number")) == "Which number?"
        assert len(server.store.all()) == 1


def test_a_failure_is_told_honestly(tmp_path: Path) -> None:
    def fail(store: RequestStore, id: str) -> None:
        store.fail(id, Outcome(summary="no tool can do it", tokens=9))

    with chatting(tmp_path, fail) as server:
        completion = ask(server, said("do the impossible"))
    assert completion.choices[0].message.content == "I could not do this: no tool can do it"
    assert completion.usage.total_tokens == 9


def test_a_call_that_takes_too_long_is_told_so_and_the_next_message_asks_again(tmp_path: Path) -> None:
    go = threading.Event()

    def wait(store: RequestStore, id: str) -> None:
        assert go.wait(PATIENCE)
        echoing(store, id)

    with chatting(tmp_path, wait, seconds=0.3) as server:
        told = content(server, said("double 21"))
        (request,) = server.store.all()
        assert told == notice(request.id)
        talk = [*said("double 21"), reply(told), *said("and now?")]
        assert content(server, talk) == told
        go.set()
        answers = (content(server, talk) for _ in range(60))
        assert next(answer for answer in answers if answer != told) == "DOUBLE 21"
        assert len(server.store.all()) == 1


def test_a_request_goes_on_when_its_caller_goes_away(tmp_path: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def wait(store: RequestStore, id: str) -> None:
        store.progress(id, "begun")
        begun.set()
        assert go.wait(PATIENCE)
        echoing(store, id)

    with chatting(tmp_path, wait) as server:
        stream = ask(server, said("double 21"), stream=True)
        next(iter(stream))
        assert begun.wait(PATIENCE)
        stream.close()
        go.set()
        assert content(server, said("double 21")) == "DOUBLE 21"


def test_a_silent_stream_shows_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions_api, "ALIVE_SECONDS", 0.0)
    with chatting(tmp_path, echoing) as server:
        _, _, text = post(server, {"model": MODEL, "messages": said("double 21"), "stream": True})
    assert ": still at work\n\n" in text
    assert text.endswith("data: [DONE]\n\n")


def test_a_server_without_workers_says_so(tmp_path: Path) -> None:
    with chatting(tmp_path, echoing, threads=0) as server:
        told = content(server, said("double 21"))
    assert "works on no requests" in told
    assert "goes on" in told


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["", "found missing before the reply is waited for"])
def test_a_missing_model_is_told_with_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    filing = ChatRequests.taken

    def filed(requests: ChatRequests, conversation: Any) -> Any:
        taken = filing(requests, conversation)
        time.sleep(seconds)
        return taken

    monkeypatch.setattr(ChatRequests, "taken", filed)

    @contextmanager
    def none() -> Iterator[Any]:
        raise ModelUnavailable("there is no model; set OPENAI_BASE_URL")
        yield

    with chatting(tmp_path, echoing, open_worker=none) as server:
        assert "set OPENAI_BASE_URL" in content(server, said("double 21"))


def test_many_at_once_get_each_their_own_answer(tmp_path: Path) -> None:
    with chatting(tmp_path, echoing, threads=4) as server:
        answers: dict[int, str] = {}

        def one(number: int) -> None:
            answers[number] = content(server, said(f"say {number}"))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert answers == {number: f"SAY {number}" for number in range(24)}


def test_the_agent_itself_answers(tmp_path: Path) -> None:
    """The whole way: a scripted model's plan calls a tool of the bank in its sandbox."""
    model = RoutedModel({PLAN: code("answer = double_it(21)")})
    with ToolBank.open(tmp_path / "tools", encoder=ScriptedEncoder()) as bank:
        bank.add(DOUBLE)
        hired = lambda: open_worker(tmp_path / "agent", bank=bank, backend=model)  # noqa: E731
        with chatting(tmp_path, echoing, open_worker=hired) as server:
            completion = ask(server, said("Double the number 21."))
    assert completion.choices[0].message.content == "42"
    assert completion.usage.total_tokens > 0


def post(server: ChatServer, body: Any) -> tuple[int, dict[str, str], str]:
    return send(server, "POST", "/v1/chat/completions", json.dumps(body).encode())


def send(server: ChatServer, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], str]:
    """Sends bytes as they are."""
    host = server.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, text
