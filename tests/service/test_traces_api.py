"""Traces by HTTP: the newest first, one as a whole, and no more read than need be."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from language_models.trace_window import TraceWindow
from language_models.traces import Outcome, Traces
from service.web.traces_api import LONGEST_TEXT, TracesApi
from tests.service.asking import asking


def exchange(traces, name, *, purpose="evolving", text="yes", asked="Why?"):
    answer = {"choices": [{"text": text}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    record = {
        "purpose": purpose, "backend": "tiny", "request": {"messages": [{"role": "user", "content": asked}]},
        "answer": answer, "seconds": 0.25,
    }  # fmt: skip
    return traces.exchange(record, name)


@pytest.fixture
def traces(tmp_path):
    traces = Traces(tmp_path / "traces")
    yield traces
    traces.close()


@pytest.fixture
def ask(traces):
    return asking(TracesApi(SimpleNamespace(traces=traces.directory)))


def ids(page):
    return [one["id"] for one in page["exchanges"]]


def test_exchanges_are_listed_in_pages_and_by_purpose(ask, traces):
    for number in range(5):
        exchange(traces, f"id{number}", purpose=("evolving", "creating")[number % 2])
    status, page = ask("GET", "/api/traces", limit=3)
    assert (status, page["total"], page["is_whole"]) == (200, 5, True)
    assert page["purposes"] == {"creating": 2, "evolving": 3}
    assert len(ids(page)) == 3
    assert set(ids(ask("GET", "/api/traces", purpose="creating")[1])) == {"id1", "id3"}
    assert ask("GET", "/api/traces", purpose="none")[1]["exchanges"] == []
    assert ask("GET", "/api/traces", limit=0)[0] == 422


def test_what_is_added_later_comes_first(ask, traces):
    exchange(traces, "first")
    assert ids(ask("GET", "/api/traces")[1]) == ["first"]
    _later(traces.directory, "second", "2099-01-01T00:00:00")
    assert ids(ask("GET", "/api/traces")[1]) == ["second", "first"]


def test_one_exchange_is_shown_whole_with_what_became_of_it(ask, traces):
    exchange(traces, "id1", text="x" * 1000)
    exchange(traces, "id11")
    traces.outcome("id1", Outcome(0, True, 0.5, "it ran"))
    status, one = ask("GET", "/api/traces/id1")
    assert status == 200
    assert one["choices"] == [{"text": "x" * 1000}]
    assert one["request"]["messages"][0]["content"] == "Why?"
    assert one["outcomes"] == [{"choice": 0, "accepted": True, "score": 0.5, "note": "it ran"}]
    for name in ("id", "nobody", "..%2f..%2fetc%2fpasswd", '"', "id1%22", "%00"):
        assert ask("GET", f"/api/traces/{name}")[0] == 404


def test_sums_are_told_as_numbers_and_as_a_plot(ask, traces):
    exchange(traces, "id1")
    exchange(traces, "id2", purpose="<b>creating</b>")
    traces.outcome("id1", Outcome(0, False))
    found = ask("GET", "/api/trace-figures")[1]
    assert [(one["purpose"], one["prompt_tokens"]) for one in found["sums"]] == [
        ("<b>creating</b>", 7),
        ("evolving", 7),
    ]
    assert found["sums"][1]["rejected"] == 1
    assert [trace["name"] for trace in found["plot"]["data"]] == ["read", "written"]
    assert "<" not in json.dumps(found["plot"]), "plotly reads some markup in names"


def test_where_no_traces_are_kept_that_is_said():
    ask = asking(TracesApi(SimpleNamespace(traces=None)))
    assert ask("GET", "/api/traces")[1]["kept"] is False
    assert ask("GET", "/api/trace-figures")[1]["sums"] == []
    assert ask("GET", "/api/traces/id1")[0] == 404


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path):
    ask = asking(TracesApi(SimpleNamespace(traces=tmp_path / "later")))
    page = ask("GET", "/api/traces")[1]
    assert (page["kept"], page["exchanges"]) == (True, [])


def test_damaged_lines_and_infinite_numbers_break_nothing(ask, traces):
    exchange(traces, "id1")
    file = next(traces.directory.iterdir())
    with file.open("a") as stream:
        stream.write('{"kind": "exchange", "id": 3}\nnot json\n[]\n{"kind": "outcome"}\n')
        stream.write('{"kind": "outcome", "exchange": "id1", "score": Infinity, "accepted": true}\n')
        stream.write('{"kind": "exchange", "id": "half')
    page = ask("GET", "/api/traces")
    assert (page[0], ids(page[1])) == (200, ["id1"])
    assert page[1]["exchanges"][0]["outcomes"][0]["score"] == "inf"
    assert ask("GET", "/api/traces/id1")[0] == 200
    with file.open("a") as stream:
        stream.write(_line("half")[len('{"kind": "exchange", "id": "half') :])
    assert set(ids(ask("GET", "/api/traces")[1])) == {"id1", "half"}, (
        "a line that was being written comes later"
    )


def test_long_texts_are_cut_and_secrets_masked(ask, traces, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "a-secret-set-after-it-was-written")
    exchange(traces, "id1", text="y" * (LONGEST_TEXT + 5))
    _later(traces.directory, "id2", "2099-01-01T00:00:00", "a-secret-set-after-it-was-written")
    assert ask("GET", "/api/traces/id1")[1]["choices"][0]["text"].endswith(
        f"… ({LONGEST_TEXT + 5:,} characters)"
    )
    assert "a-secret" not in json.dumps(ask("GET", "/api/traces/id2")[1])


def test_of_a_large_folder_only_the_newest_are_read(tmp_path, monkeypatch):
    folder = tmp_path / "traces"
    for number in range(200):
        _later(folder, f"id{number:03}", f"2026-01-01T00:{number // 60:02}:{number % 60:02}", "z" * 500)
    read = []
    real = Path.open

    class Counting:
        def __init__(self, stream):
            self._stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self._stream.close()

        def __getattr__(self, name):
            return getattr(self._stream, name)

        def read(self, size=-1):
            block = self._stream.read(size)
            read.append(len(block))
            return block

    monkeypatch.setattr(Path, "open", lambda self, *a, **k: Counting(real(self, *a, **k)))
    window = TraceWindow(folder, window_bytes=20_000)
    seen = window.look()
    assert not seen.is_whole
    assert seen.traces[0].id == "id199"
    assert 0 < len(seen.traces) < 40
    assert sum(read) <= 20_000
    window.look()
    assert sum(read) <= 20_000, "what was read is not read again"
    monkeypatch.undo()
    assert window.find("id000").id == "id000", "one of the others is found by its id"


def test_no_more_exchanges_are_kept_than_said(tmp_path):
    folder = tmp_path / "traces"
    for number in range(30):
        _later(folder, f"id{number:02}", f"2026-01-01T00:00:{number:02}")
    seen = TraceWindow(folder, most=10).look()
    assert [trace.id for trace in seen.traces] == [f"id{number:02}" for number in range(29, 19, -1)]
    assert not seen.is_whole


def _line(name, at="2020-01-01T00:00:00", text="yes"):
    record = {
        "kind": "exchange", "id": name, "at": at, "purpose": "evolving", "backend": "tiny",
        "request": {"prompt": "p"}, "answer": {"choices": [{"text": text}], "usage": {}}, "seconds": 1.0,
    }  # fmt: skip
    return json.dumps(record) + "\n"


def _later(folder, name, at, text="yes"):
    """Adds an exchange as another process would."""
    folder.mkdir(exist_ok=True)
    with (folder / "exchanges-other.jsonl").open("a") as stream:
        stream.write(_line(name, at, text))
