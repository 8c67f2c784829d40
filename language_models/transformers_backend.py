"""Any causal language model that transformers reads. The only file that imports torch and transformers.

For models that have no GGUF file, for a GPU, and for what was just fine-tuned; on a CPU the embedded model
(`llama_backend`) is several times faster. Weights are read as safetensors only, and no code of the model's.
"""

from __future__ import annotations

import gc
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    ContextOverflow,
    Delta,
    End,
    FormUnsupported,
    ModelRequestFailed,
    ModelUnavailable,
    RequestTimedOut,
    Sampling,
    TextDelta,
    Usage,
)
from language_models.model_manager import HUB_ID, ensure, find_model, pull
from language_models.sample_watch import Row, Watch
from language_models.tagged_calls import as_deltas, spelt_for_template, with_calls

INSTALL = "pip install 'funsearch[local]'"


class TransformersBackend:
    """Completes and chats with one model; safe to call from several threads, one request at a time.

    Attributes:
        name: The directory's name, or the hub id.
    """

    def __init__(
        self,
        place: str | Path,
        *,
        context_tokens: int = 2048,
        parallel: int = 8,
        threads: int = 1,
        timeout_seconds: float = 600.0,
        device: str | None = None,
    ) -> None:
        """Loads the model.

        Args:
            place: A directory with config.json, a tokenizer and safetensors, or a hub id
                (`OWNER/REPOSITORY`), which is fetched once.
            context_tokens: Longest prompt and continuation together; at most the model's own limit.
            parallel: Samples drawn side by side.
            threads: CPU threads of torch, for all models of this process.
            timeout_seconds: Longest time for one request.
            device: As torch calls it; None takes a GPU where there is one.

        Raises:
            ModelUnavailable: No such model, damaged, of a kind that transformers does not know, or
                transformers is not installed.
            ValueError: A number below 1.
        """
        numbers = {"context_tokens": context_tokens, "parallel": parallel, "threads": threads}
        for name, value in numbers.items():
            if value < 1:
                raise ValueError(f"TransformersBackend({name}={value}): expected 1 or more, found {value}")
        self.name = Path(place).name if Path(place).is_dir() else str(place)
        self._torch, self._transformers = _libraries(self.name)
        folder = _folder(str(place))
        self._torch.set_num_threads(threads)
        self._tokenizer, self._model = self._loaded(folder, device)
        self._parallel = parallel
        self._timeout_seconds = timeout_seconds
        own_limit = getattr(self._model.config, "max_position_embeddings", None) or context_tokens
        self._context_tokens = min(context_tokens, own_limit)
        self._lock = threading.Lock()

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns `request.samples` continuations of the prompt.

        Raises:
            FormUnsupported: A grammar is asked for.
        """
        if request.grammar is not None:
            raise FormUnsupported(f"{self.name}: transformers binds no grammar; use a GGUF model")
        return self._drawn(self._prompt(request.prompt), request)

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies, in the form of the model's own chat template.

        Raises:
            FormUnsupported: A schema, a required call, or tools that the model's template does not know.
        """
        answer = self._drawn(self._conversation(request), request)
        if not request.tools or request.tool_choice == "none":
            return answer
        return Completions(tuple(with_calls(choice) for choice in answer.choices), answer.usage)

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the one reply as it comes; with tools, once it is whole, as calls show only then."""
        if request.samples != 1:
            raise ValueError(f"stream(samples={request.samples}): expected 1, found {request.samples}")
        prompt = self._conversation(request)
        if request.tools and request.tool_choice != "none":
            return as_deltas(self.chat(request))
        return self._streamed(prompt, request)

    def close(self) -> None:
        """Frees the model; further requests raise."""
        with self._lock:
            self._model = None
        gc.collect()
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()

    def __enter__(self) -> TransformersBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"TransformersBackend({self.name})"

    def _loaded(self, folder: Path, device: str | None) -> tuple[Any, Any]:
        """Returns tokenizer and model, all weights found in the files."""
        known = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = self._transformers.AutoTokenizer.from_pretrained(folder, **known)
            model, info = self._transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype="auto", use_safetensors=True, output_loading_info=True, **known
            )
            place = device or ("cuda" if self._torch.cuda.is_available() else "cpu")
            model = model.eval().to(place)
        except Exception as error:  # whatever a damaged file makes the libraries raise
            raise ModelUnavailable(
                f"{folder}: transformers cannot load it ({type(error).__name__}: {_short(error)}); expected "
                "a causal language model with config.json, a tokenizer and *.safetensors, whole"
            ) from error
        if missing := sorted(info["missing_keys"]):
            raise ModelUnavailable(
                f"{folder}: {len(missing)} weights are in no file, {missing[0]} the first; fetch it again"
            )
        return tokenizer, model

    def _prompt(self, text: str) -> Any:  # noqa: ANN401 - a tensor [1, tokens]
        tokens = self._tokenizer(_encodable(text))["input_ids"] or [self._end_token()]
        return self._torch.tensor([tokens])

    def _conversation(self, request: ChatRequest) -> Any:  # noqa: ANN401
        self._check_form(request)
        tools = [tool.as_dict() for tool in request.tools] if request.tool_choice != "none" else []
        messages = [spelt_for_template(message.as_dict()) for message in request.messages]
        try:
            text = self._tokenizer.apply_chat_template(
                messages, tools=tools or None, tokenize=False, add_generation_prompt=True
            )
        except Exception as error:  # templates are programs of the model's publisher, and may refuse
            raise ModelRequestFailed(
                f"{self.name}: the model's chat template refuses this conversation: {_short(error)}"
            ) from error
        tokens = self._tokenizer(_encodable(text), add_special_tokens=False)["input_ids"]
        return self._torch.tensor([tokens or [self._end_token()]])

    def _check_form(self, request: ChatRequest) -> None:
        template = self._tokenizer.chat_template
        if not template:
            raise FormUnsupported(
                f"{self.name}: the model has no chat template; ask with a CompletionRequest"
            )
        if request.schema is not None:
            raise FormUnsupported(
                f"{self.name}: transformers binds no schema; ask for it in words, or use GGUF"
            )
        if request.tool_choice == "required":
            raise FormUnsupported(f"{self.name}: no call can be enforced; ask with tool_choice='auto'")
        if request.tools and request.tool_choice == "auto" and "tools" not in str(template):
            raise FormUnsupported(f"{self.name}: the model's chat template knows no tools")

    def _drawn(self, prompt: Any, request: Sampling) -> Completions:  # noqa: ANN401
        """Returns the samples, batch by batch; greedy ones are all the same and drawn once."""
        wanted = request.samples if request.temperature else 1
        choices: tuple[Completion, ...] = ()
        usage = Usage(prompt.shape[1])
        deadline = time.monotonic() + self._timeout_seconds
        draws = self._generator(request.seed)
        while len(choices) < wanted:
            watch = self._watch(prompt, request, min(self._parallel, wanted - len(choices)), deadline)
            self._generate(prompt, request, watch, draws)
            choices += watch.completions()
            usage += Usage(0, sum(row.tokens for row in watch.rows))
        return Completions(choices * (request.samples // wanted), usage)

    def _streamed(self, prompt: Any, request: ChatRequest) -> Iterator[Delta]:  # noqa: ANN401
        """Yields pieces that a thread of its own draws; leaving ends it after the token under way."""
        texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        watch = self._watch(prompt, request, 1, time.monotonic() + self._timeout_seconds)
        watch.on_text = texts.put
        with ThreadPoolExecutor(1, thread_name_prefix="stream of a model") as thread:
            drawing = thread.submit(self._generate, prompt, request, watch, self._generator(request.seed))
            drawing.add_done_callback(lambda _: texts.put(None))
            try:
                told = 0
                while (text := texts.get()) is not None:
                    if len(text) > told:
                        yield TextDelta(text[told:])
                        told = len(text)
                drawing.result()
            finally:
                watch.is_cancelled.set()
        if rest := watch.rows[0].text[told:]:
            yield TextDelta(rest)
        yield End(watch.completions()[0].finish_reason, Usage(prompt.shape[1], watch.rows[0].tokens))

    def _watch(self, prompt: Any, request: Sampling, rows: int, deadline: float) -> Watch:  # noqa: ANN401
        def decode(tokens: Any) -> str:  # noqa: ANN401
            return str(
                self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            )

        return Watch(
            prompt_tokens=prompt.shape[1],
            rows=[Row() for _ in range(rows)],
            decode=decode,
            ends=self._ends(),
            stop=request.stop,
            deadline=deadline,
        )

    def _generate(self, prompt: Any, request: Sampling, watch: Watch, draws: Any) -> None:  # noqa: ANN401
        """Draws one batch; what is drawn is in the watch."""
        room = self._context_tokens - prompt.shape[1]
        if room < 1:
            raise ContextOverflow(
                f"{self.name}: the prompt has {prompt.shape[1]} tokens, the context {self._context_tokens} "
                "for prompt and reply; shorten it, or open the model with more context_tokens"
            )
        settings = self._transformers.GenerationConfig(
            max_new_tokens=min(request.max_tokens, room),
            do_sample=False,
            eos_token_id=sorted(self._ends()) or None,
            pad_token_id=self._end_token(),
        )
        temperature = request.temperature

        def noisy(_tokens: Any, scores: Any) -> Any:  # noqa: ANN401
            """Adds the noise with which the largest score is a draw from the distribution (Gumbel-max)."""
            uniform = self._torch.rand(scores.shape, generator=draws, dtype=self._torch.float64)
            return scores.double() / temperature - (-uniform.log()).log().to(scores.device)

        with self._lock, self._failures(), self._torch.inference_mode():
            if self._model is None:
                raise ModelUnavailable(f"{self.name}: the backend is closed; open a new TransformersBackend")
            tokens = prompt.repeat(len(watch.rows), 1).to(self._model.device)
            self._model.generate(
                tokens, attention_mask=self._torch.ones_like(tokens), generation_config=settings,
                stopping_criteria=[watch], logits_processor=[noisy] if temperature else [],
            )  # fmt: skip
        if watch.is_late:
            raise RequestTimedOut(f"{self.name}: no whole reply within {self._timeout_seconds:g} s")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Raises torch's failures as ours."""
        try:
            yield
        except RuntimeError as error:
            raise ModelRequestFailed(f"{self.name}: {_short(error)}") from error

    def _generator(self, seed: int | None) -> Any:  # noqa: ANN401
        """Returns a source of random numbers of this request alone."""
        draws = self._torch.Generator()
        if seed is None:
            draws.seed()
        else:
            draws.manual_seed(seed)
        return draws

    def _ends(self) -> frozenset[int]:
        """Returns the tokens that end a reply."""
        found = self._model.generation_config.eos_token_id if self._model is not None else None
        found = self._tokenizer.eos_token_id if found is None else found
        return frozenset(found if isinstance(found, list) else [found] if found is not None else [])

    def _end_token(self) -> int:
        """Returns a token that stands for nothing."""
        padding = self._tokenizer.pad_token_id
        return int(min(self._ends(), default=0) if padding is None else padding)


def _libraries(name: str) -> tuple[Any, Any]:
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
        import transformers  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} needs torch and transformers, which cannot be imported ({error}): {INSTALL}"
        ) from error
    quiet: Any = transformers.utils.logging
    quiet.disable_progress_bar()  # it writes to the terminal
    return torch, transformers


def _folder(place: str) -> Path:
    """Returns the directory, fetched from the hub where it is named by an id."""
    if Path(place).is_dir():
        return Path(place)
    if not HUB_ID.fullmatch(place) or Path(place).exists():
        raise ModelUnavailable(
            f"{place}: no such directory; give one with config.json, or a hub id OWNER/NAME"
        )
    try:
        return ensure(find_model(place.split("/")[1]), download=False)
    except ModelUnavailable:
        return ensure(pull(place), download=False)


def _encodable(text: str) -> str:
    """Returns the text without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
