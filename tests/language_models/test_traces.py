from __future__ import annotations

import json
import logging
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from language_models import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    Delta,
    End,
    Message,
    ModelRequestFailed,
    TextDelta,
    ToolCall,
    ToolFormat,
    Usage,
)
from language_models.chat import Chat
from language_models.conversation import Conversation
from language_models.exchange import purpose, recorded
from language_models.json_parser import JsonParser
from language_models.openai_backend import OpenAIBackend
from language_models.scripted import ScriptedBackend
from language_models.trace_reader import Choosing, figures, read_traces, training_lines
from language_models.traced_backend import TracedBackend, TracedCompleter
from language_models.traces import DEFAULT, Outcome, Traces, traces_from
from tests.language_models.chat_server import completion, serving
from tests.language_models.planted import OTHER, SECRET

REQUEST = ChatRequest((Message("user", "2 + 2?"),), temperature=0)


class Scripted:
    """Does one thing, whatever is asked."""

    name = "stub at host"

    def __init__(self, answer: Completions | Exception, deltas: list[Delta] | None = None) -> None:
        self._answer = answer
        self._deltas = deltas or []

    def chat(self, request: ChatRequest) -> Completions:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        yield from self._deltas
        if isinstance(self._answer, Exception):
            raise self._answer


def traced(place: Path, text: str = "4") -> TracedBackend:
    return TracedBackend(ScriptedBackend([text]), Traces(place), "test")


def all_text(place: Path) -> str:
    return "".join(file.read_text() for file in sorted(place.iterdir()))


def test_an_exchange_is_kept_with_all_that_was_said(tmp_path: Path) -> None:
    call = ToolCall("c1", "add", '{"x": 1}')
    answer = Completions((Completion("", "tool_calls", (call,)), Completion("4", "stop")), Usage(5, 2))
    tool = ToolFormat("add", "Adds.", {"type": "object", "properties": {}})
    request = ChatRequest(REQUEST.messages, tools=(tool,), samples=2, seed=3, stop=("\n",))
    with purpose("sums"):
        assert TracedBackend(Scripted(answer), Traces(tmp_path), "test").chat(request) is answer
    (trace,) = read_traces(tmp_path)
    assert (trace.purpose, trace.backend, trace.error) == ("sums", "stub at host", "")
    assert trace.request == {
        "messages": [{"role": "user", "content": "2 + 2?"}],
        "tools": [tool.as_dict()],
        "tool_choice": "auto",
        "samples": 2,
        "max_tokens": 256,
        "temperature": 1.0,
        "stop": ["\n"],
        "seed": 3,
    }
    assert [choice["text"] for choice in trace.choices] == ["", "4"]
    assert trace.choices[0]["tool_calls"] == [call.as_dict()]
    assert trace.usage == {"prompt_tokens": 5, "completion_tokens": 2}
    assert trace.seconds >= 0


def test_continuations_are_kept_too(tmp_path: Path) -> None:
    backend = TracedCompleter(ScriptedBackend([" x"]), Traces(tmp_path), "evolve")
    assert backend.complete(CompletionRequest("return", grammar="root ::= x")).texts == (" x",)
    (trace,) = read_traces(tmp_path)
    assert (trace.request["prompt"], trace.request["grammar"]) == ("return", "root ::= x")


def test_a_failure_is_kept_and_passes_through(tmp_path: Path) -> None:
    backend = TracedBackend(Scripted(ModelRequestFailed("too hot")), Traces(tmp_path))
    with pytest.raises(ModelRequestFailed, match="too hot"):
        backend.chat(REQUEST)
    (trace,) = read_traces(tmp_path)
    assert (trace.error, trace.choices) == ("ModelRequestFailed: too hot", ())


def test_a_streamed_reply_is_kept_when_it_ends_however_it_does(tmp_path: Path) -> None:
    deltas: list[Delta] = [TextDelta("4"), TextDelta("2"), End("stop", Usage(3, 2))]
    good, bad = Completions((Completion("", "stop"),), Usage()), ModelRequestFailed("cut")
    traces = Traces(tmp_path)
    assert list(TracedBackend(Scripted(good, deltas), traces, "whole").stream(REQUEST)) == deltas
    with pytest.raises(ModelRequestFailed):
        list(TracedBackend(Scripted(bad, deltas[:1]), traces, "cut").stream(REQUEST))
    left = TracedBackend(Scripted(good, deltas), traces, "left").stream(REQUEST)
    next(left)
    left.close()  # type: ignore[attr-defined]
    by_purpose = {trace.purpose: trace for trace in read_traces(tmp_path)}
    assert by_purpose["whole"].choices[0]["text"] == "42"
    assert by_purpose["whole"].usage["completion_tokens"] == 2
    assert by_purpose["cut"].error == "ModelRequestFailed: cut"
    assert by_purpose["left"].error.startswith("GeneratorExit")
    partial = [json.loads(line).get("partial") for line in all_text(tmp_path).splitlines()]
    assert [part and part["choices"][0]["text"] for part in partial] == [None, "4", "4"]


def test_what_became_of_a_reply_is_added_by_the_name_of_its_exchange(tmp_path: Path) -> None:
    backend = traced(tmp_path)
    with recorded() as exchanges:
        backend.chat(REQUEST)
        backend.chat(REQUEST)
    first, second = exchanges
    first.outcome(accepted=True)
    first.outcome(score=0.5, note="late")
    second.outcome(accepted=False, score=float("-inf"))
    traces = {trace.id: trace for trace in read_traces(tmp_path)}
    assert traces[first.id].outcomes == {0: Outcome(0, True, 0.5, "late")}
    assert traces[second.id].outcomes == {0: Outcome(0, False, None)}


def test_a_chat_says_which_attempts_were_of_no_use(tmp_path: Path) -> None:
    backend = TracedBackend(ScriptedBackend(["no", "42"]), Traces(tmp_path))
    answer = Chat(backend, purpose="count").ask(Conversation().with_user("How many?"), JsonParser(int))
    assert answer.exchange is not None
    answer.exchange.outcome(accepted=True, score=1)
    failed, right = read_traces(tmp_path)
    assert (failed.outcomes[0].accepted, failed.purpose) == (False, "count")
    assert "expected JSON for int" in failed.outcomes[0].note
    assert (right.id, right.outcomes[0].score) == (answer.exchange.id, 1)


def test_good_replies_become_training_data(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    with recorded() as exchanges:
        for text, words in (("good", "a"), ("bad", "a"), ("untold", "b")):
            TracedBackend(ScriptedBackend([text]), traces, words).chat(REQUEST)
    exchanges[0].outcome(accepted=True, score=0.9)
    exchanges[1].outcome(accepted=False, score=0.1)
    found = read_traces(tmp_path)

    def replies(choosing: Choosing) -> list[str]:
        return [line["messages"][-1]["content"] for line in training_lines(found, choosing)]

    assert replies(Choosing()) == ["good", "bad", "untold"]
    assert replies(Choosing(accepted=True)) == ["good"]
    assert replies(Choosing(accepted=False)) == ["bad"]
    assert replies(Choosing(purpose="b")) == ["untold"]
    assert replies(Choosing(least_score=0.5)) == ["good"]
    (line,) = training_lines(found, Choosing(accepted=True))
    assert line == {
        "messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "good"}]
    }
    sums = figures(found)[("a", "scripted")]
    assert (sums.exchanges, sums.accepted, sums.rejected, sums.failed) == (2, 1, 1, 0)


def test_a_full_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    traces = Traces(tmp_path, file_bytes=2000)
    backend = TracedBackend(ScriptedBackend(["4" * 300]), traces)
    for _ in range(20):
        backend.chat(REQUEST)
    files = list(tmp_path.iterdir())
    assert len(files) > 2
    assert all(file.stat().st_size <= 2000 for file in files)
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert len(read_traces(tmp_path)) == 20


def _work(place: Path, count: int) -> None:
    backend = traced(place, "word " * 500)
    threads = [
        threading.Thread(target=lambda: [backend.chat(REQUEST) for _ in range(count)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    os._exit(0)  # no farewell: nothing may wait in a buffer


def test_many_writers_mix_no_lines_and_death_loses_none(tmp_path: Path) -> None:
    there = multiprocessing.get_context("spawn")
    workers = [there.Process(target=_work, args=(tmp_path, 25)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert len(list(tmp_path.iterdir())) == 2
    assert [json.loads(line)["kind"] for line in all_text(tmp_path).splitlines()] == ["exchange"] * 200


def test_a_damaged_line_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    traced(tmp_path).chat(REQUEST)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(b'[]\n{"kind": "exchange"}\n' + whole + b"\xff\xfe\n" + whole[: len(whole) // 2])
    assert len(read_traces(tmp_path)) == 1
    assert "4 lines cannot be read" in caplog.text


def test_traces_that_cannot_be_written_are_told_of_once_and_stop_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    backend = traced(tmp_path / "file" / "traces")
    with recorded() as exchanges:
        assert [backend.chat(REQUEST).texts for _ in range(3)] == [("4",)] * 3
    exchanges[0].outcome(accepted=True)
    warnings = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "FUNSEARCH_TRACES" in warnings[0].getMessage()


def test_the_environment_says_where_traces_go(tmp_path: Path) -> None:
    default, named = traces_from({}), traces_from({"FUNSEARCH_TRACES": str(tmp_path)})
    assert default is not None
    assert default.directory == DEFAULT.absolute()
    assert named is not None
    assert named.directory == tmp_path
    assert traces_from({"FUNSEARCH_TRACES": "off"}) is None
    assert TracedBackend(ScriptedBackend(["4"]), None).chat(REQUEST).texts == ("4",)


def test_no_secret_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("SERVICE_URL", f"https://ann:{OTHER}@host/")
    hidden = f"{SECRET} {json.dumps(OTHER)} Bearer abcdef123456"
    call = ToolCall("c1", "f", json.dumps({"key": SECRET}))
    schema: dict[str, Any] = {"type": "object", "properties": {SECRET: {"const": OTHER}}}
    request = ChatRequest(
        (Message("system", hidden), Message("user", hidden), Message("assistant", hidden, (call,))),
        tools=(ToolFormat("f", hidden, schema),),
        schema=schema,
        stop=(SECRET,),
    )
    traces = Traces(tmp_path)
    answer = Completions((Completion(hidden, "stop", (call,)),), Usage())
    halves: list[Delta] = [TextDelta(SECRET[:5]), TextDelta(SECRET[5:]), End("stop", Usage())]
    with purpose(f"for {SECRET}"), recorded() as exchanges:
        TracedBackend(Scripted(answer), traces).chat(request)
        list(TracedBackend(Scripted(answer, halves), traces).stream(request))
        with pytest.raises(ModelRequestFailed):
            TracedBackend(Scripted(ModelRequestFailed(hidden)), traces).chat(request)
        TracedCompleter(ScriptedBackend([hidden], name=f"model {SECRET}"), traces).complete(
            CompletionRequest(hidden, grammar=SECRET)
        )
    exchanges[0].outcome(note=hidden)
    text = all_text(tmp_path)
    assert text.count("***") > 20
    assert len(read_traces(tmp_path)) == 4
    for secret in (SECRET, OTHER, "abcdef123456"):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
        assert secret not in repr(traces) + repr(TracedBackend(Scripted(answer), traces))


def test_no_secret_reaches_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    (tmp_path / "file").write_text("")
    caplog.set_level(logging.DEBUG)
    traced(tmp_path / "file" / "x", SECRET).chat(ChatRequest((Message("user", SECRET),)))
    assert "cannot be written" in caplog.text
    assert SECRET not in caplog.text


def test_the_key_that_an_endpoint_was_given_reaches_no_trace(tmp_path: Path) -> None:
    given = "planted-endpoint-key"
    with (
        serving(lambda body: (200, completion(f"you sent {body['messages'][0]['content']}"))) as endpoint,
        OpenAIBackend("stub", api_key=given, base_url=endpoint.url) as backend,
    ):
        answer = TracedBackend(backend, Traces(tmp_path)).chat(ChatRequest((Message("user", given),)))
    assert given in answer.texts[0]
    assert "you sent ***" in all_text(tmp_path)
    assert given not in all_text(tmp_path)
