from __future__ import annotations

from pathlib import Path

import pytest

from language_models import ChatRequest, Completion, CompletionRequest, Completions, Message, ToolCall, Usage
from language_models.replay import NotRecorded, ReplayBackend
from language_models.scripted import ScriptedBackend
from language_models.traced_backend import TracedBackend, TracedCompleter
from language_models.traces import Traces
from tests.language_models.planted import SECRET
from tests.language_models.test_traces import Scripted

REQUEST = ChatRequest((Message("user", "2 + 2?"),), seed=1)


def test_a_recording_answers_as_the_model_did(tmp_path: Path) -> None:
    call = ToolCall("c1", "add", '{"x": 1}')
    answer = Completions((Completion("So", "tool_calls", (call,)),), Usage(5, 2))
    TracedBackend(Scripted(answer), Traces(tmp_path)).chat(REQUEST)
    TracedCompleter(ScriptedBackend([" x"]), Traces(tmp_path)).complete(CompletionRequest("return"))
    replay = ReplayBackend(tmp_path)
    assert replay.chat(REQUEST) == answer
    assert replay.complete(CompletionRequest("return")).texts == (" x",)


def test_one_file_is_a_recording_too_and_can_be_streamed(tmp_path: Path) -> None:
    TracedBackend(ScriptedBackend(["4"]), Traces(tmp_path)).chat(REQUEST)
    (file,) = tmp_path.iterdir()
    deltas = list(ReplayBackend(file).stream(REQUEST))
    assert len(deltas) == 2


def test_what_was_recorded_twice_is_answered_twice_in_order(tmp_path: Path) -> None:
    backend = TracedBackend(ScriptedBackend(["4", "5"]), Traces(tmp_path))
    backend.chat(REQUEST)
    backend.chat(REQUEST)
    replay = ReplayBackend(tmp_path)
    assert sorted([replay.chat(REQUEST).texts[0], replay.chat(REQUEST).texts[0]]) == ["4", "5"]
    with pytest.raises(NotRecorded, match="expected one more answer than the 2 there"):
        replay.chat(REQUEST)


def test_a_request_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    TracedBackend(ScriptedBackend(["4"]), Traces(tmp_path)).chat(REQUEST)
    other = ChatRequest((Message("user", "3 + 3?"),), seed=2)
    with pytest.raises(
        NotRecorded,
        match=r"expected an answer, found none to the request that ends with '3 \+ 3\?' .*\"seed\": 2",
    ):
        ReplayBackend(tmp_path).chat(other)
    with pytest.raises(FileNotFoundError, match="expected a directory of traces"):
        ReplayBackend(tmp_path / "none")


def test_secrets_are_neither_needed_nor_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", SECRET)
    request = ChatRequest((Message("user", f"use {SECRET}"),))
    TracedBackend(ScriptedBackend(["done"]), Traces(tmp_path)).chat(request)
    replay = ReplayBackend(tmp_path)
    assert replay.chat(request).texts == ("done",)
    with pytest.raises(NotRecorded) as missing:
        replay.chat(request)
    assert SECRET not in str(missing.value)
