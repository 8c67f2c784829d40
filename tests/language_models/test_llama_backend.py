from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from language_models import (
    ChatRequest,
    CompletionRequest,
    ContextOverflow,
    FormUnsupported,
    Message,
    ModelUnavailable,
)
from language_models.llama_backend import LlamaBackend
from language_models.model_manager import SMOLLM2
from tests.language_models.lora_file import lora_file

PROMPT = "def double(x):\n    return"


@pytest.mark.model
def test_the_same_seed_draws_the_same_samples_and_another_seed_others(llama: LlamaBackend) -> None:
    first, again, other = (
        llama.complete(CompletionRequest(PROMPT, samples=6, max_tokens=12, seed=seed)).texts
        for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other
    assert len(set(first)) > 1


@pytest.mark.model
def test_a_stop_text_ends_a_continuation_and_is_not_part_of_it(llama: LlamaBackend) -> None:
    request = CompletionRequest(PROMPT, max_tokens=40, temperature=0.0)
    stopped = CompletionRequest(PROMPT, max_tokens=40, temperature=0.0, stop=("\n",))
    assert "\n" in llama.complete(request).texts[0]
    choice = llama.complete(stopped).choices[0]
    assert "\n" not in choice.text
    assert choice.finish_reason == "stop"


@pytest.mark.model
def test_a_grammar_binds_the_form_of_a_continuation(llama: LlamaBackend) -> None:
    bound = CompletionRequest(PROMPT, samples=4, grammar='root ::= " 2 * x" | " x + x"')
    assert set(llama.complete(bound).texts) <= {" 2 * x", " x + x"}


@pytest.mark.model
def test_usage_counts_the_tokens_of_every_sample(llama: LlamaBackend) -> None:
    one = llama.complete(CompletionRequest(PROMPT, max_tokens=8, temperature=0.0))
    six = llama.complete(CompletionRequest(PROMPT, samples=6, max_tokens=8, temperature=0.0))
    assert one.usage.completion_tokens == 8
    assert six.usage.completion_tokens == 48


@pytest.mark.model
def test_chat_answers_in_the_form_the_model_was_trained_on(llama: LlamaBackend) -> None:
    asked = (Message("system", "Answer the question."), Message("user", "What is the capital of France?"))
    question = ChatRequest(asked, max_tokens=24, temperature=0.0)
    assert "Paris" in llama.chat(question).texts[0]


@pytest.mark.model
def test_a_prompt_longer_than_the_context_is_refused_with_both_lengths(llama: LlamaBackend) -> None:
    with pytest.raises(ContextOverflow, match=r"prompt has 4,001 tokens, the context 512 .*context_tokens"):
        llama.complete(CompletionRequest("x y " * 2000, max_tokens=4))
    assert llama.complete(CompletionRequest(PROMPT, max_tokens=4)).texts


@pytest.mark.model
def test_a_grammar_that_does_not_parse_fails_that_request_only(llama: LlamaBackend) -> None:
    with pytest.raises(FormUnsupported, match="failed to parse grammar"):
        llama.complete(CompletionRequest(PROMPT, grammar="root ::= (("))
    assert llama.complete(CompletionRequest(PROMPT, max_tokens=4)).texts


@pytest.mark.model
def test_threads_may_ask_at_once(llama: LlamaBackend) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.append(len(llama.complete(CompletionRequest(PROMPT, samples=2, max_tokens=4)).texts))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [2, 2, 2, 2]


@pytest.mark.model
def test_loading_sampling_and_closing_leave_the_terminal_alone(model_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from language_models import CompletionRequest, ModelUnavailable\n"
        "from language_models.llama_backend import LlamaBackend\n"
        "with LlamaBackend(Path(sys.argv[1]), context_tokens=256, parallel=2) as backend:\n"
        "    assert backend.complete(CompletionRequest('def f', samples=2, max_tokens=4)).texts\n"
        "try: backend.complete(CompletionRequest('def f'))\n"
        "except ModelUnavailable as error: assert 'closed' in str(error)\n"
        "else: raise SystemExit('a closed backend answered')\n"
    )
    command = [sys.executable, "-c", code, str(model_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.model
def test_a_model_that_is_closed_as_soon_as_it_is_open_ends(model_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from language_models.llama_backend import LlamaBackend\n"
        "for _ in range(20): LlamaBackend(Path(sys.argv[1]), context_tokens=256, threads=2).close()\n"
    )
    command = [sys.executable, "-c", code, str(model_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.model
@pytest.mark.parametrize(("set_before", "found"), [(None, "passive"), ("PASSIVE", "PASSIVE")])
def test_threads_sleep_where_they_wait_unless_the_environment_says_otherwise(
    model_path: Path, monkeypatch: pytest.MonkeyPatch, set_before: str | None, found: str
) -> None:
    code = (
        "import os, sys; from pathlib import Path; from language_models import CompletionRequest\n"
        "from language_models.llama_backend import LlamaBackend\n"
        "with LlamaBackend(Path(sys.argv[1]), context_tokens=256, threads=2) as backend:\n"
        "    assert backend.complete(CompletionRequest('def f', max_tokens=4)).texts\n"
        "    print(os.environ['OMP_WAIT_POLICY'])"
    )
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if set_before is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", set_before)
    command = [sys.executable, "-c", code, str(model_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == (found + "\n", "")


@pytest.mark.parametrize("name", ["context_tokens", "parallel", "threads"])
def test_a_number_below_one_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=rf"LlamaBackend\({name}=0\): expected 1 or more"):
        LlamaBackend(tmp_path / "any.gguf", **{name: 0})


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"absent\.gguf: no such file; run `make model`"):
        LlamaBackend(tmp_path / "absent.gguf")


def test_a_truncated_known_model_says_the_sizes_the_hash_and_what_to_run(tmp_path: Path) -> None:
    file = SMOLLM2.files[0]
    (tmp_path / file.name).write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(ModelUnavailable) as caught:
        LlamaBackend(tmp_path / file.name)
    for words in ("found 1,004 bytes", "expected 98,362,432 bytes", file.sha256, "run `make model`"):
        assert words in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a model", bytes(64)])
def test_a_file_that_is_no_model_is_refused_before_llama_cpp_sees_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match="not a GGUF file"):
        LlamaBackend(path)


@pytest.mark.parametrize("kept", [4, 24, 1000, 1_000_000])
@pytest.mark.model
def test_an_unknown_model_cut_short_is_refused_and_the_process_lives(
    tmp_path: Path, model_path: Path, kept: int
) -> None:
    path = tmp_path / "cut.gguf"
    with model_path.open("rb") as whole:
        path.write_bytes(whole.read(kept))
    with pytest.raises(ModelUnavailable, match=r"cut\.gguf: llama\.cpp cannot load it"):
        LlamaBackend(path)


def test_the_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    path = tmp_path / "some.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelUnavailable, match="pip install xllamacpp"):
        LlamaBackend(path)


def test_an_adapter_that_is_none_is_refused_by_its_name(tmp_path: Path) -> None:
    absent, text, model = (tmp_path / name for name in ("absent.gguf", "text.gguf", "model.gguf"))
    text.write_bytes(b"no adapter")
    model.write_bytes(b"GGUF" + bytes(100))
    for path, told in ((absent, "no such file"), (text, "not a GGUF file"), (model, "but no adapter")):
        with pytest.raises(ModelUnavailable, match=rf"adapter .*{path.name}: .*{told}"):
            LlamaBackend(model, adapters=(path,))


def test_an_adapter_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    path.write_bytes(lora_file(1.0))
    with pytest.raises(ModelUnavailable, match=r"a LoRA adapter, expected a model; open the model with"):
        LlamaBackend(path)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_timeout_of_no_time_is_refused(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ValueError, match="timeout_seconds=.*expected more than 0"):
        LlamaBackend(tmp_path / "any.gguf", timeout_seconds=seconds)
