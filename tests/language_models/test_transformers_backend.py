from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs pip install 'funsearch[local]'")
pytest.importorskip("transformers", reason="needs pip install 'funsearch[local]'")

from language_models import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    ContextOverflow,
    End,
    FormUnsupported,
    Message,
    ModelRequestFailed,
    ModelUnavailable,
    RequestTimedOut,
    TextDelta,
    ToolFormat,
    Usage,
)
from language_models.model_plan import ModelPlan, PlannedModel
from language_models.model_pool import ModelPool
from language_models.tagged_calls import as_deltas, with_calls
from language_models.transformers_backend import TransformersBackend
from tests.language_models.tiny_model import TOOLS_TEMPLATE, write_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

HELLO = (Message("user", "Hello"),)
TOOL = ToolFormat("paint", "Paints.", {"type": "object", "properties": {}})
PROMPT = "def double(x):\n    return"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny-llama")


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Iterator[TransformersBackend]:
    with TransformersBackend(folder, context_tokens=256, parallel=4) as backend:
        yield backend


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.mark.parametrize("samples", [1, 3, 9])
def test_as_many_samples_are_drawn_as_asked_for_and_counted(tiny: TransformersBackend, samples: int) -> None:
    answer = tiny.complete(CompletionRequest(PROMPT, samples=samples, max_tokens=5, seed=1))
    assert len(answer.choices) == samples
    assert answer.usage == Usage(len(PROMPT), answer.usage.completion_tokens)
    assert samples <= answer.usage.completion_tokens <= 5 * samples


def test_the_same_seed_draws_the_same_samples_and_another_seed_others(tiny: TransformersBackend) -> None:
    first, again, other = (
        tiny.complete(CompletionRequest(PROMPT, samples=6, max_tokens=12, seed=seed)).texts
        for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other
    assert len(set(first)) == 6


def test_temperature_zero_is_greedy(tiny: TransformersBackend) -> None:
    request = CompletionRequest(PROMPT, samples=3, max_tokens=12, temperature=0.0)
    assert len(set(tiny.complete(request).texts + tiny.complete(request).texts)) == 1
    cold = CompletionRequest(PROMPT, max_tokens=12, temperature=1e-6, seed=1)
    assert tiny.complete(cold).texts == tiny.complete(request).texts[:1]


def test_samples_follow_the_distribution_of_the_model(tiny: TransformersBackend) -> None:
    """A random model is near uniform over its 259 tokens: most single tokens differ."""
    answer = tiny.complete(CompletionRequest("a", samples=100, max_tokens=1, seed=1))
    assert len(set(answer.texts)) > 30


def test_a_stop_text_ends_a_reply_and_is_not_part_of_it(tiny: TransformersBackend) -> None:
    free = tiny.complete(CompletionRequest(PROMPT, max_tokens=40, temperature=0.0)).choices[0]
    assert free.finish_reason == "length"
    stop = free.text[10:12]
    stopped = tiny.complete(CompletionRequest(PROMPT, max_tokens=40, temperature=0.0, stop=(stop,))).choices[
        0
    ]
    assert stopped == Completion(free.text[: free.text.index(stop)], "stop")


def test_each_sample_of_a_batch_ends_for_itself(tiny: TransformersBackend) -> None:
    free = tiny.complete(CompletionRequest(PROMPT, samples=4, max_tokens=20, seed=5))
    stop = free.texts[2][4]
    cut = tiny.complete(CompletionRequest(PROMPT, samples=4, max_tokens=20, seed=5, stop=(stop,)))
    assert cut.texts == tuple(text.split(stop)[0] for text in free.texts)


def test_a_stream_has_the_text_of_the_whole_reply(tiny: TransformersBackend) -> None:
    request = ChatRequest(messages=HELLO, max_tokens=30, seed=2)
    whole = tiny.chat(request)
    *pieces, end = tiny.stream(request)
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == whole.texts[0]
    assert len(pieces) > 3
    assert end == End(whole.choices[0].finish_reason, whole.usage)


def test_a_stream_tells_nothing_of_its_stop_text(tiny: TransformersBackend) -> None:
    free = tiny.chat(ChatRequest(messages=HELLO, max_tokens=30, temperature=0.0)).texts[0]
    stop = free[8:12]
    request = ChatRequest(messages=HELLO, max_tokens=30, temperature=0.0, stop=(stop,))
    told = "".join(piece.text for piece in tiny.stream(request) if isinstance(piece, TextDelta))
    assert told == free[: free.index(stop)]


def test_a_closed_stream_ends_the_drawing_and_the_model_answers_on(tiny: TransformersBackend) -> None:
    stream = tiny.stream(ChatRequest(messages=HELLO, max_tokens=200, seed=1))
    assert isinstance(next(stream), TextDelta)
    stream.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("stream of a model")]
    assert tiny.chat(ChatRequest(messages=HELLO, max_tokens=2)).choices


def test_a_stream_of_many_samples_is_misuse(tiny: TransformersBackend) -> None:
    with pytest.raises(ValueError, match=r"stream\(samples=2\)"):
        tiny.stream(ChatRequest(messages=HELLO, samples=2))


def test_a_prompt_longer_than_the_context_is_refused_with_both_lengths(tiny: TransformersBackend) -> None:
    with pytest.raises(ContextOverflow, match=r"the prompt has 300 tokens, the context 256"):
        tiny.complete(CompletionRequest("x" * 300))
    with pytest.raises(ContextOverflow):
        list(tiny.stream(ChatRequest(messages=(Message("user", "x" * 300),))))
    assert tiny.complete(CompletionRequest("x" * 250, max_tokens=100)).usage.completion_tokens <= 6


def test_a_form_that_cannot_be_held_to_is_refused(tiny: TransformersBackend) -> None:
    with pytest.raises(FormUnsupported, match="binds no grammar"):
        tiny.complete(CompletionRequest("x", grammar='root ::= "a"'))
    with pytest.raises(FormUnsupported, match="binds no schema"):
        tiny.chat(ChatRequest(messages=HELLO, schema={"type": "object"}))
    with pytest.raises(FormUnsupported, match="template knows no tools"):
        tiny.chat(ChatRequest(messages=HELLO, tools=(TOOL,)))
    with pytest.raises(FormUnsupported, match="no call can be enforced"):
        tiny.stream(ChatRequest(messages=HELLO, tools=(TOOL,), tool_choice="required"))
    assert tiny.chat(ChatRequest(messages=HELLO, tools=(TOOL,), tool_choice="none", max_tokens=2)).choices


def test_a_template_that_knows_tools_is_told_of_them(tmp_path: Path) -> None:
    with TransformersBackend(write_tiny_model(tmp_path / "t", TOOLS_TEMPLATE)) as backend:
        plain = backend.chat(ChatRequest(messages=HELLO, max_tokens=3)).usage.prompt_tokens
        request = ChatRequest(messages=HELLO, max_tokens=3, tools=(TOOL,))
        assert backend.chat(request).usage.prompt_tokens == plain + len("paint\n")
        assert isinstance(list(backend.stream(request))[-1], End)


def test_a_model_without_a_chat_template_only_completes(tmp_path: Path) -> None:
    with TransformersBackend(write_tiny_model(tmp_path / "t", None)) as backend:
        with pytest.raises(FormUnsupported, match="no chat template; ask with a CompletionRequest"):
            backend.chat(ChatRequest(messages=HELLO))
        assert backend.complete(CompletionRequest("x", max_tokens=2)).choices


def test_a_template_that_refuses_a_conversation_fails_that_request_only(tmp_path: Path) -> None:
    template = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}hi"
    with TransformersBackend(write_tiny_model(tmp_path / "t", template)) as backend:
        with pytest.raises(ModelRequestFailed, match="template refuses this conversation: no system"):
            backend.chat(ChatRequest(messages=(Message("system", "x"), *HELLO)))
        assert backend.chat(ChatRequest(messages=HELLO, max_tokens=2)).choices


def test_too_little_time_is_told(folder: Path) -> None:
    with TransformersBackend(folder, timeout_seconds=1e-9) as backend:
        with pytest.raises(RequestTimedOut, match="no whole reply within 1e-09 s"):
            backend.complete(CompletionRequest("x", max_tokens=50))
        with pytest.raises(RequestTimedOut):
            list(backend.stream(ChatRequest(messages=HELLO, max_tokens=50)))


def test_empty_and_broken_texts_are_taken(tiny: TransformersBackend) -> None:
    assert tiny.complete(CompletionRequest("", max_tokens=2)).choices
    assert tiny.complete(CompletionRequest("\ud800 \x00 ü", max_tokens=2)).choices


def test_threads_may_ask_at_once(tiny: TransformersBackend) -> None:
    answers: list[tuple[str, ...]] = []

    def ask() -> None:
        answers.append(tiny.complete(CompletionRequest(PROMPT, samples=2, max_tokens=6, seed=9)).texts)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 4
    assert len(set(answers)) == 1


def test_a_closed_backend_says_so(folder: Path) -> None:
    backend = TransformersBackend(folder)
    backend.close()
    with pytest.raises(ModelUnavailable, match="the backend is closed"):
        backend.complete(CompletionRequest("x"))


def test_a_pool_opens_a_directory(folder: Path) -> None:
    with ModelPool(ModelPlan.of([PlannedModel.of_file("tiny", folder)])) as pool:
        assert pool.backend("tiny").complete(CompletionRequest("x", max_tokens=2)).choices


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ModelUnavailable, match="no such directory; give one with config.json, or a hub id OWNER/NAME"
    ):
        TransformersBackend(tmp_path / "absent")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "noise", "empty"])
def test_a_damaged_directory_is_refused_by_its_name(copy: Path, name: str, damage: str) -> None:
    file = copy / name
    content = file.read_bytes()
    changed = {"cut": content[: len(content) // 2], "noise": bytes(range(256)) * 10, "empty": b""}
    file.unlink()
    if damage != "gone":
        file.write_bytes(changed[damage])
    with pytest.raises(ModelUnavailable, match="copy: transformers cannot load it"):
        TransformersBackend(copy)


def test_weights_that_are_in_no_file_are_not_made_up(copy: Path) -> None:
    config = copy / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with pytest.raises(ModelUnavailable, match=r"\d+ weights are in no file, model\.layers\.2\."):
        TransformersBackend(copy)


def test_weights_as_pickles_are_not_read(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="cannot load it"):
        TransformersBackend(copy)


@pytest.mark.parametrize("name", ["context_tokens", "parallel", "threads"])
def test_a_number_below_one_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=rf"TransformersBackend\({name}=0\): expected 1 or more"):
        TransformersBackend(tmp_path, **{name: 0})


def test_the_missing_library_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'funsearch\[local\]'"):
        TransformersBackend(folder)


def test_calls_in_a_reply_are_calls_and_what_is_none_stays_text() -> None:
    said = 'Sure. <tool_call>{"name": "paint", "arguments": {"coats": 2}}</tool_call>'
    choice = with_calls(Completion(said, "stop"))
    assert (choice.text, choice.finish_reason) == ("Sure.", "tool_calls")
    (call,) = choice.tool_calls
    assert (call.name, call.arguments) == ("paint", '{"coats": 2}')
    for other in ("<tool_call>{nothing}</tool_call>", '<tool_call>{"name": 3}</tool_call>', "<tool_call>"):
        assert with_calls(Completion(other, "stop")) == Completion(other, "stop")
    deltas = list(as_deltas(Completions((choice,), Usage(1, 2))))
    assert [type(delta).__name__ for delta in deltas] == ["TextDelta", "ToolCallDelta", "End"]
