from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from language_models import ChatRequest, Delta, End, Message, TextDelta, Usage
from language_models.cache import CachedBackend
from language_models.scripted import ScriptedBackend
from tests.language_models.planted import SECRET

REQUEST = ChatRequest((Message("user", "2 + 2?"),), temperature=0)


def test_what_would_be_answered_the_same_is_asked_once_and_costs_once(tmp_path: Path) -> None:
    inner = ScriptedBackend(["4", "5"])
    first = CachedBackend(inner, tmp_path).chat(REQUEST)
    again = CachedBackend(inner, tmp_path)
    assert again.chat(REQUEST).choices == first.choices
    assert again.chat(REQUEST).usage == Usage()
    assert (len(inner.requests), again.hits, again.misses) == (1, 2, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 3},
        {"seed": 1},
        {"stop": ("x",)},
        {"messages": (Message("user", "2 + 3?"),)},
        {"samples": 2},
    ],
)
def test_another_request_is_asked_for_itself(tmp_path: Path, change: dict[str, object]) -> None:
    inner = ScriptedBackend(["4"])
    cached = CachedBackend(inner, tmp_path)
    cached.chat(REQUEST)
    cached.chat(dataclasses.replace(REQUEST, **change))  # type: ignore[arg-type]
    assert len(inner.requests) == 2


def test_another_model_is_asked_for_itself(tmp_path: Path) -> None:
    CachedBackend(ScriptedBackend(["4"]), tmp_path).chat(REQUEST)
    assert CachedBackend(ScriptedBackend(["5"], name="other"), tmp_path).chat(REQUEST).texts == ("5",)


def test_what_may_be_answered_otherwise_is_asked_each_time(tmp_path: Path) -> None:
    inner = ScriptedBackend(["4", "5"])
    cached = CachedBackend(inner, tmp_path)
    warm = dataclasses.replace(REQUEST, temperature=1.0)
    assert [cached.chat(warm).texts[0] for _ in range(2)] == ["4", "5"]
    assert not list(tmp_path.rglob("*.json"))
    seeded = dataclasses.replace(warm, seed=1)
    assert cached.chat(seeded).texts == cached.chat(seeded).texts


def test_a_damaged_answer_is_asked_for_anew(tmp_path: Path) -> None:
    inner = ScriptedBackend(["4"])
    cached = CachedBackend(inner, tmp_path)
    cached.chat(REQUEST)
    (file,) = tmp_path.rglob("*.json")
    for damage in ("", "{", "[]", '{"choices": []}', '{"choices": [{"text": 1, "finish_reason": "stop"}]}'):
        file.write_text(damage)
        assert cached.chat(REQUEST).texts == ("4",)
    assert len(inner.requests) == 6


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert CachedBackend(ScriptedBackend(["4"]), tmp_path / "file").chat(REQUEST).texts == ("4",)


def test_many_may_share_a_cache(tmp_path: Path) -> None:
    seen: list[str] = []

    def work() -> None:
        cached = CachedBackend(ScriptedBackend(["4" * 10_000]), tmp_path)
        seen.extend(cached.chat(dataclasses.replace(REQUEST, seed=number)).texts[0] for number in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == ["4" * 10_000] * 80
    assert len(list(tmp_path.rglob("*"))) == len(list(tmp_path.rglob("*.json"))) + len(
        list(tmp_path.iterdir())
    )


def test_a_streamed_reply_is_stored_when_it_is_whole(tmp_path: Path) -> None:
    class Streaming(ScriptedBackend):
        def stream(self, request: ChatRequest) -> Iterator[Delta]:
            self.requests.append(request)
            yield from (TextDelta("4"), TextDelta("2"), End("stop", Usage(1, 2)))

    inner = Streaming(["-"])
    cached = CachedBackend(inner, tmp_path)
    cut = cached.stream(REQUEST)
    next(cut)
    cut.close()  # type: ignore[attr-defined]
    assert len(list(cached.stream(REQUEST))) == 3
    assert list(cached.stream(REQUEST)) == [TextDelta("42"), End("stop", Usage())]
    assert cached.chat(REQUEST).texts == ("42",)
    assert len(inner.requests) == 2


def test_prompts_are_not_stored(tmp_path: Path) -> None:
    CachedBackend(ScriptedBackend(["4"]), tmp_path).chat(
        ChatRequest((Message("user", SECRET),), temperature=0)
    )
    (file,) = tmp_path.rglob("*.json")
    assert SECRET not in file.read_text()
    assert SECRET not in file.name
