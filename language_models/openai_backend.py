"""Any OpenAI-compatible chat endpoint. The only file that imports openai."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from language_models.backend import (
    ChatRequest,
    Completion,
    Completions,
    ModelRequestFailed,
    ModelUnavailable,
    Usage,
    finish_reason,
)

logger = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
DEFAULT_MODEL = "default"  # for servers of one model that neither list it nor care for its name
NO_KEY = "none"  # the client insists on some text
MESSAGE_CHARACTERS = 500  # how much of an endpoint's complaint is passed on


class _Said(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Said
    finish_reason: str | None = None


class _Counted(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Reply(BaseModel):
    """The part of a chat completion that is used."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Counted | None = None

    def completions(self) -> Completions:
        counted = self.usage or _Counted()
        return Completions(
            tuple(Completion(c.message.content or "", finish_reason(c.finish_reason)) for c in self.choices),
            Usage(counted.prompt_tokens, counted.completion_tokens),
        )


class OpenAIBackend:
    """Chats with one model behind one endpoint; safe to call from several threads."""

    def __init__(
        self,
        model: str | None,
        *,
        api_key: str | None = None,
        base_url: str = OPENAI,
        timeout_seconds: float = 60.0,
        retries: int = 5,
    ) -> None:
        """Makes a client; nothing is sent yet.

        Args:
            model: The model's name at the endpoint; None asks the endpoint and takes the first it serves.
            api_key: Sent as the bearer token, shown nowhere; None for a server that asks for none.
            base_url: The endpoint, with its `/v1`.
            timeout_seconds: Longest wait for one answer.
            retries: How often the client repeats after 429, 5xx and broken connections, with growing waits.

        Raises:
            ModelUnavailable: The library openai is not installed.
            ValueError: `base_url` is no http address.
        """
        _check_url(base_url)
        try:
            import openai
        except ImportError as error:
            raise ModelUnavailable("chat endpoints need openai: pip install openai") from error
        self._openai = openai
        self._client = openai.OpenAI(
            api_key=api_key or NO_KEY, base_url=base_url, timeout=timeout_seconds, max_retries=retries
        )
        self._model = model
        self._is_openai = base_url.rstrip("/") == OPENAI
        self._one_at_a_time = False
        self._timeout_seconds = timeout_seconds
        self._secrets = tuple(s for s in (api_key, urlsplit(base_url).password) if s)
        self._host = urlsplit(base_url).netloc.rpartition("@")[2]

    @property
    def name(self) -> str:
        """The model and the endpoint's host."""
        return f"{self._model or 'first model served'} at {self._host}"

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies, asked for one by one where the endpoint gives one at a time."""
        choices: tuple[Completion, ...] = ()
        usage = Usage()
        while len(choices) < request.samples:
            answer = self._ask(request, drawn=len(choices))
            choices += answer.choices
            usage += answer.usage
        return Completions(choices[: request.samples], usage)  # an endpoint may give more than asked

    def reach(self) -> None:
        """Raises `ModelUnavailable` where the endpoint does not answer or refuses the key."""
        with self._translated_errors():
            self._served_models()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def __enter__(self) -> OpenAIBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OpenAIBackend({self.name})"

    def _ask(self, request: ChatRequest, drawn: int) -> Completions:
        """Returns the answer to one request for the samples not yet drawn."""
        with self._translated_errors():
            body = self._body(request, drawn)
            try:
                return self._send(body)
            except self._openai.BadRequestError:
                if body["n"] == 1:
                    raise
                answer = self._send({**body, "n": 1})
                self._one_at_a_time = True  # this endpoint refuses n > 1: do not ask so again
                return answer

    def _send(self, body: dict[str, Any]) -> Completions:
        """Returns the endpoint's reply, read strictly: the client itself lets any JSON pass."""
        raw = self._client.chat.completions.with_raw_response.create(**body)
        return _Reply.model_validate_json(raw.content).completions()

    def _body(self, request: ChatRequest, drawn: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._served_model(),
            "messages": [message.as_dict() for message in request.messages],
            "n": 1 if self._one_at_a_time else request.samples - drawn,
            "temperature": request.temperature,
            # OpenAI renamed the field; the compatible servers know the old name.
            ("max_completion_tokens" if self._is_openai else "max_tokens"): request.max_tokens,
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.seed is not None:
            body["seed"] = (request.seed + drawn) % 2**32
        return body

    def _served_model(self) -> str:
        """Returns the model's name, asked from the endpoint on first use where none was given."""
        if self._model is None:
            self._model = next(iter(self._served_models()), DEFAULT_MODEL)
        return self._model

    def _served_models(self) -> list[str]:
        """Returns the names of the models served; none where the endpoint keeps no list of them."""
        try:
            return [model.id for model in self._client.models.list()]
        except (self._openai.NotFoundError, self._openai.APIResponseValidationError):
            return []

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Raises the client's exceptions as ours, without their cause: it may quote the key."""
        unreachable = (
            self._openai.AuthenticationError,
            self._openai.PermissionDeniedError,
            self._openai.NotFoundError,
        )
        try:
            yield
        except self._openai.APITimeoutError:
            raise ModelRequestFailed(f"{self.name}: no answer within {self._timeout_seconds:g} s") from None
        except self._openai.APIConnectionError as error:
            raise ModelUnavailable(
                f"{self.name}: cannot connect ({self._shown(error.__cause__ or error)}); "
                "check OPENAI_BASE_URL and that the server runs"
            ) from None
        except unreachable as error:
            raise ModelUnavailable(
                f"{self.name}: refused with {error.status_code}: {self._shown(error.message)}; "
                "check OPENAI_API_KEY, OPENAI_BASE_URL and FUNSEARCH_MODEL"
            ) from None
        except ValidationError as error:
            raise ModelRequestFailed(
                f"{self.name}: expected a chat completion, found something else: {self._shown(error)}"
            ) from None
        except self._openai.OpenAIError as error:
            raise ModelRequestFailed(f"{self.name}: {self._shown(error)}") from None

    def _shown(self, thing: object) -> str:
        """Returns the text of an error or reply, short and without secrets."""
        text = str(thing)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:MESSAGE_CHARACTERS] or type(thing).__name__


def from_environment(environment: Mapping[str, str] | None = None) -> OpenAIBackend | None:
    """Returns the endpoint that the environment asks for, or None.

    $OPENAI_BASE_URL asks for that endpoint, with the model $FUNSEARCH_MODEL or else the first it serves.
    $OPENAI_API_KEY alone asks for OpenAI's own, and only together with $FUNSEARCH_MODEL: a key that lies
    in the environment for other programs spends nothing here.

    Raises:
        ModelUnavailable: $FUNSEARCH_MODEL names a model but no endpoint is set.
    """
    settings = os.environ if environment is None else environment
    base_url, key, model = (
        settings.get(name) or None for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "FUNSEARCH_MODEL")
    )
    if base_url:
        return OpenAIBackend(model, api_key=key, base_url=base_url)
    if key and model:
        return OpenAIBackend(model, api_key=key)
    if model:
        raise ModelUnavailable(f"FUNSEARCH_MODEL={model}: set OPENAI_BASE_URL or OPENAI_API_KEY as well")
    if key:
        logger.info("OPENAI_API_KEY is set but FUNSEARCH_MODEL is not: no endpoint is used")
    return None


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            f"OPENAI_BASE_URL with scheme {parts.scheme!r} and host {parts.hostname!r}: "
            "expected an address such as http://127.0.0.1:8000/v1"
        )
