from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from language_models import ChatRequest, CompletionRequest, Completions, Message, Usage
from language_models.backend import Completion, finish_reason


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"samples": 0}, r"CompletionRequest\(samples=0\): expected a whole number of 1 or more, found 0"),
        ({"samples": True}, "samples=True"),
        ({"max_tokens": 2.5}, "max_tokens=2.5"),
        ({"temperature": -0.1}, "temperature=-0.1"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"stop": "\n"}, "expected a tuple of texts"),
        ({"stop": ("",)}, "none empty"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**32}, "seed=4294967296"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_by_the_name_of_its_field(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        CompletionRequest("def f", **fields)


def test_a_request_that_makes_sense_is_taken() -> None:
    request = CompletionRequest("def f", samples=3, max_tokens=1, temperature=0, stop=("\n",), seed=2**32 - 1)
    assert (request.prompt, request.samples, request.grammar) == ("def f", 3, None)


def test_a_conversation_needs_messages_of_known_roles() -> None:
    with pytest.raises(ValueError, match="one or more Message"):
        ChatRequest(())
    with pytest.raises(ValueError, match="expected one of system, user, assistant"):
        Message("robot", "hi")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected text, found int"):
        Message("user", 3)  # type: ignore[arg-type]
    assert ChatRequest((Message("user", "hi"),)).samples == 1


def test_usage_adds_up_and_texts_keep_their_order() -> None:
    assert Usage(1, 2) + Usage(10, 20) == Usage(11, 22)
    assert Completions((Completion("a", "stop"), Completion("b", "length")), Usage()).texts == ("a", "b")


def test_an_endpoints_own_reasons_become_ours() -> None:
    assert [finish_reason(word) for word in ("stop", "length", "content_filter", None)] == [
        "stop",
        "length",
        "other",
        "other",
    ]


def test_importing_the_room_loads_no_heavy_library() -> None:
    code = "import sys, language_models; print(*{'openai', 'xllamacpp', 'pydantic'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == ""
