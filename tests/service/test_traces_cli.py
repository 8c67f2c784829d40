from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from language_models import ChatRequest, Message
from language_models.exchange import recorded
from language_models.scripted import ScriptedBackend
from language_models.traced_backend import TracedBackend
from language_models.traces import Traces


@pytest.fixture
def place(tmp_path: Path) -> Path:
    traces = Traces(tmp_path / "traces")
    with recorded() as exchanges:
        for text in ("[red]good", "bad"):
            backend = TracedBackend(ScriptedBackend([text]), traces, "evolve")
            backend.chat(ChatRequest((Message("user", "2 + 2?"),)))
    exchanges[0].outcome(accepted=True, score=0.9)
    exchanges[1].outcome(accepted=False)
    return tmp_path / "traces"


def test_exchanges_are_listed_with_what_became_of_them(command: Any, place: Path) -> None:
    status, out, _ = command("traces", "list", "--traces", place)
    assert status == 0
    assert "accepted 0.9" in out
    assert "[red]good" in out
    status, out, _ = command("traces", "list", "--traces", place, "--rejected", "--json")
    assert [(entry["reply"], entry["outcome"]) for entry in json.loads(out)] == [("bad", "rejected")]


def test_one_exchange_is_shown_whole(command: Any, place: Path) -> None:
    _, out, _ = command("traces", "list", "--traces", place, "--json")
    name = json.loads(out)[0]["id"]
    _, out, _ = command("traces", "show", name[:8], "--traces", place)
    shown = json.loads(out)
    assert shown["request"]["messages"][0]["content"] == "2 + 2?"
    status, _, error = command("traces", "show", "nothing", "--traces", place)
    assert status == 1
    assert "expected the id of one exchange" in error


def test_sums_are_told_by_purpose_and_model(command: Any, place: Path) -> None:
    _, out, _ = command("traces", "stats", "--traces", place, "--json")
    (sums,) = json.loads(out)
    assert (sums["purpose"], sums["model"], sums["exchanges"]) == ("evolve", "scripted", 2)
    assert (sums["accepted"], sums["rejected"]) == (1, 1)
    status, out, _ = command("traces", "stats", "--traces", place)
    assert (status, "scripted" in out) == (0, True)


def test_good_replies_are_exported_for_training(command: Any, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "good.jsonl"
    _, out, _ = command("traces", "export", file, "--traces", place, "--accepted", "--score", "0.5")
    assert "1 conversations" in out
    (line,) = map(json.loads, file.read_text().splitlines())
    assert line["messages"][-1] == {"role": "assistant", "content": "[red]good"}


def test_where_there_are_no_traces_the_command_says_so(command: Any, tmp_path: Path) -> None:
    status, _, error = command("traces", "list", "--traces", tmp_path / "none")
    assert status == 1
    assert "expected a directory of traces" in error
