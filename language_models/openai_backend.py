"""Any OpenAI-compatible endpoint: chats, streams and continues text."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    Delta,
    End,
    FormUnsupported,
    ModelUnavailable,
    Sampling,
    Usage,
)
from language_models.chat_form import (
    ChatReply,
    Chunk,
    StreamedReply,
    TextReply,
    chat_fields,
    complaint_in,
    is_json,
)
from language_models.complaint import Complained, Complaint, Refused
from language_models.dialect import NEW_LENGTH, OLD_LENGTH, Dialect
from language_models.endpoint import Endpoint, Response
from language_models.endpoint_address import OPENAI, Address
from language_models.redaction import keep_secret
from language_models.retries import Retries
from language_models.server_events import MalformedStream, event_data

logger = logging.getLogger(__name__)

CONCESSIONS = 4  # fields of a request that may be given up before a refusal is final
NO_RETRIES = Retries(0)
SHOWN = 80  # characters of an unexpected answer in a message

DONE = b"[DONE]"  # the last event of a stream

T = TypeVar("T")
F = TypeVar("F", bound=BaseModel)


class OpenAIBackend:
    """Speaks to one model behind one endpoint; safe to call from several threads."""

    def __init__(
        self,
        model: str | None,
        *,
        api_key: str | None = None,
        base_url: str = OPENAI,
        timeout_seconds: float = 60.0,
        retries: int | Retries = 5,
    ) -> None:
        """Makes a client; nothing is sent yet.

        Args:
            model: The model's name at the endpoint; None asks the endpoint and takes the first it serves.
            api_key: Sent as the bearer token, shown nowhere; None for a server that asks for none.
            base_url: The endpoint, with its `/v1`; a user and password in it are sent in the key's stead.
            timeout_seconds: Longest wait for one whole answer; in a stream, for its next piece.
            retries: How often a request is made again after 408, 409, 425, 429, 5xx and broken connections,
                with growing waits, or as long as the endpoint says in Retry-After. A timeout is final.

        Raises:
            ModelUnavailable: The library openai is not installed, or OpenAI is asked without a key.
            ValueError: `base_url` is no http address, or the key holds what no header may.
        """
        address = Address.parse(base_url, api_key)
        keep_secret(*address.secrets)  # from traces too
        if address.is_openai and not address.key:
            raise ModelUnavailable(
                f"{model} at {address.host}: expected a key, found none; set OPENAI_API_KEY, "
                "or OPENAI_BASE_URL for another endpoint"
            )
        tries = Retries(retries) if isinstance(retries, int) else retries
        self._endpoint = Endpoint(model, address, timeout_seconds, tries)
        self._dialect = Dialect(NEW_LENGTH if address.is_openai else OLD_LENGTH)

    @property
    def name(self) -> str:
        """The model and the endpoint's host."""
        return self._endpoint.name

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies, asked for one by one where the endpoint gives one at a time."""
        answer = self._drawn(request, chat_fields(request))
        for choice in answer.choices:
            self._require_form(request, choice)
        return answer

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns `request.samples` continuations, where the endpoint continues text.

        Raises:
            FormUnsupported: A grammar is asked for, and the endpoint is not llama.cpp's server.
        """
        fields: dict[str, Any] = {"prompt": request.prompt}
        if request.grammar is not None:
            if not self._endpoint.is_llama_cpp():
                raise FormUnsupported(
                    f"{self.name}: takes no grammar, only llama.cpp's server does; ask without one, "
                    "or take the embedded model"
                )
            fields["grammar"] = request.grammar
        return self._drawn(request, fields)

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the one reply as it comes; the request is sent when the first piece is asked for.

        Raises:
            FormUnsupported: The endpoint refuses the schema or tools, or begins with what is no JSON.
        """
        if request.samples != 1:
            raise ValueError(f"stream(samples={request.samples}): expected 1, found {request.samples}")
        return self._streamed(request)

    def reach(self) -> None:
        """Raises `ModelUnavailable` where the endpoint does not answer or refuses the key."""
        self._endpoint.models()

    def close(self) -> None:
        """Closes the connections."""
        self._endpoint.close()

    def __enter__(self) -> OpenAIBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OpenAIBackend({self.name})"

    def _drawn(self, request: Sampling, fields: dict[str, Any]) -> Completions:
        """Returns as many choices as samples were asked for, in as many requests as the endpoint needs."""
        choices: tuple[Completion, ...] = ()
        usage = Usage()
        while len(choices) < request.samples:
            answer = self._conceding(request, fields, len(choices), self._answer)
            choices += answer.choices
            usage += answer.usage
        return Completions(choices[: request.samples], usage)  # an endpoint may give more than asked

    def _answer(self, body: dict[str, Any]) -> Completions:
        if "prompt" in body:
            return self._endpoint.answer("text", body, _text_read)
        return self._endpoint.answer("chat", body, _chat_read)

    def _conceding(
        self, request: Sampling, fields: dict[str, Any], drawn: int, ask: Callable[[dict[str, Any]], T]
    ) -> T:
        """Returns the answer to a request, without the fields that the endpoint refuses and it can spare.

        Once a request succeeded without them they are not sent again.
        """
        dialect = self._dialect
        for spare in reversed(range(CONCESSIONS + 1)):
            body = dialect.body(request, fields, drawn)
            try:
                answer = ask(body)
                break
            except Refused as refusal:
                simpler = dialect.without_refused(body, refusal.said)
                if not (simpler and spare):
                    raise
                dialect = simpler
        self._dialect = dialect
        return answer

    def _streamed(self, request: ChatRequest) -> Iterator[Delta]:
        fields = {**chat_fields(request), "stream": True}
        begun = self._conceding(request, fields, 0, self._begun)
        with closing(begun.deltas):
            delta = begun.first
            while not isinstance(delta, End):
                # Prose is found out at once; JSON that turns out to be broken is for its reader to tell.
                if request.schema is not None and not begun.reply.may_be_json:
                    raise self._ignores_schema("".join(begun.reply.text))
                yield delta
                delta = NO_RETRIES.run(lambda: self._next(begun.deltas, begun.body, begun.reply))
            yield delta

    def _begun(self, body: dict[str, Any]) -> _Begun:
        """Returns a stream of which the first piece came; until then it can be asked for anew."""

        def attempt() -> _Begun:
            reply = StreamedReply()
            deltas = self._deltas(body, reply)
            return _Begun(body, reply, deltas, self._next(deltas, body, reply))

        return self._endpoint.retries.run(attempt)

    def _next(self, deltas: Iterator[Delta], body: dict[str, Any], reply: StreamedReply) -> Delta:
        return self._endpoint.guarded(lambda: next(deltas), body, lambda: reply.came)

    def _deltas(self, body: dict[str, Any], reply: StreamedReply) -> Generator[Delta]:
        """Yields the pieces of a stream, raising the client's own exceptions."""
        with self._endpoint.opened("chat", body) as response:
            if _kind_of(response) == "application/json":  # an endpoint that does not stream answers at once
                content = self._endpoint.whole(response, time.monotonic())
                yield from reply.whole(_chat_read(response, content))
                return
            for chunk in self._chunks(response, reply):
                yield from reply.read(chunk)
            yield reply.end()

    def _chunks(self, response: Response, reply: StreamedReply) -> Iterator[Chunk]:
        """Yields the chunks of a stream up to its end, which the model may tell or the endpoint."""
        try:
            for data in event_data(self._endpoint.pieces(response)):
                if data.strip() == DONE:
                    return
                chunk = _chunk_read(response, data)
                if complaint := chunk.complaint():
                    raise Complained(Complaint.from_body(response.status_code, complaint))
                yield chunk
        except Exception as error:
            if not (reply.is_whole and self._endpoint.is_transport_error(error)):
                raise
        if not reply.is_whole:
            raise MalformedStream(
                f"the stream of {_kind_of(response) or 'no content type'} ended before the reply did"
            )

    def _require_form(self, request: ChatRequest, choice: Completion) -> None:
        """Refuses a reply that shows that the endpoint did not hold to what was asked."""
        if choice.finish_reason != "stop":  # cut off, or a call
            return
        if request.tool_choice == "required":
            raise FormUnsupported(
                f"{self.name}: expected a call of a tool, found {choice.text[:SHOWN]!r}: the endpoint "
                "ignores tool_choice; describe the tools in words, or take a model that calls tools"
            )
        if request.schema is not None and not is_json(choice.text):
            raise self._ignores_schema(choice.text)

    def _ignores_schema(self, text: str) -> FormUnsupported:
        return FormUnsupported(
            f"{self.name}: expected JSON by the schema, found {text[:SHOWN]!r}: the endpoint ignores "
            "response_format; ask without a schema and parse the text, or take another endpoint"
        )


@dataclass(frozen=True)
class _Begun:
    """A stream under way."""

    body: dict[str, Any]
    reply: StreamedReply
    deltas: Generator[Delta]
    first: Delta


def _chat_read(response: Response, content: bytes) -> Completions:
    return _read(ChatReply, "a chat completion", response, content).completions()


def _text_read(response: Response, content: bytes) -> Completions:
    return _read(TextReply, "a text completion", response, content).completions()


def _chunk_read(response: Response, data: bytes) -> Chunk:
    return _read(Chunk, "a chunk of a chat completion", response, data)


def _read(form: type[F], words: str, response: Response, content: bytes) -> F:
    """Returns what an endpoint sent, read strictly: the client itself lets any JSON pass."""
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        if complaint := complaint_in(content):
            raise Complained(Complaint.from_body(response.status_code, complaint)) from None
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "the whole"
    excerpt = content[:SHOWN].decode(errors="replace")
    raise MalformedStream(
        f"expected {words}, found {_kind_of(response) or 'no content type'}: {excerpt!r} "
        f"({place}: {wrong['msg']}); check OPENAI_BASE_URL"
    )


def _kind_of(response: Response) -> str:
    """Returns the content type of a response, without its parameters."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


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
