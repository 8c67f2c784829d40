"""One model behind one HTTP address, as bytes: the only file that imports openai.

What goes wrong there becomes our errors here, outside of any `except`: the client's exceptions hold the
request, and with it the key, and who prints a traceback in full shows contexts too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from language_models.backend import ModelError, ModelRequestFailed, ModelUnavailable, RequestTimedOut
from language_models.complaint import CHARACTERS, Complained, Complaint
from language_models.endpoint_address import Address
from language_models.retries import PassingFault, Retries, retry_after
from language_models.server_events import MalformedStream

DEFAULT_MODEL = "default"  # for servers of one model that neither list it nor care for its name
NO_KEY = "none"  # the client insists on some text
CONNECT_SECONDS = 5.0  # longest wait for a connection, which is tried as often as a request
MOST_BYTES = 64 * 2**20  # of one answer: no reply is longer, and no endpoint may fill the memory
NO_SUCH_PAGE = (404, 405, 501)  # how servers say that they keep no list of models
LLAMA_CPP = "llamacpp"  # what llama.cpp's server says owns its models

Kind = Literal["chat", "text"]
T = TypeVar("T")


class Response(Protocol):
    """The part of the client's responses that is used."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class ServedModel:
    """A model that an endpoint lists."""

    name: str
    owner: str


class _Listed(BaseModel):
    id: str
    owned_by: str | None = None


class _Listing(BaseModel):
    data: list[_Listed]


class Endpoint:
    """One model at one address; safe to call from several threads."""

    def __init__(self, model: str | None, address: Address, timeout_seconds: float, retries: Retries) -> None:
        """Makes a client; nothing is sent yet.

        Args:
            model: The model's name; None takes the first that is served.
            address: Where, and with which key.
            timeout_seconds: Longest wait for one whole answer, or for the next piece of a stream.
            retries: How requests are made again.

        Raises:
            ModelUnavailable: The library openai is not installed.
        """
        try:
            import openai
        except ImportError as error:
            raise ModelUnavailable("chat endpoints need openai: pip install openai") from error
        self._openai = openai
        # What the client stands on, which changed its name: httpx, then httpx2.
        self._transport = import_module(openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0])
        self._client = openai.OpenAI(
            api_key=address.key or NO_KEY,
            base_url=address.url,
            timeout=openai.Timeout(timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS)),
            max_retries=0,  # ours are made here: the client's repeat after timeouts too
            default_headers={"Authorization": address.authorization} if address.authorization else None,
        )
        self._model = model
        self._owner: str | None = None
        self._address = address
        self._timeout_seconds = timeout_seconds
        self.retries = retries

    @property
    def name(self) -> str:
        """The model and the endpoint's host."""
        return f"{self._model or 'first model served'} at {self._address.host}"

    def model(self) -> str:
        """Returns the model's name, asked from the endpoint on first use where none was given."""
        if self._model is None:
            first = next(iter(self.models()), None)
            self._model = first.name if first else DEFAULT_MODEL
        return self._model

    def is_llama_cpp(self) -> bool:
        """Tells whether the endpoint is llama.cpp's own server."""
        if self._owner is None:
            self._owner = next((model.owner for model in self.models()), "")
        return self._owner == LLAMA_CPP

    def models(self) -> list[ServedModel]:
        """Returns the models served; none where the endpoint keeps no list of them."""
        return self.retries.run(lambda: self.guarded(self._listed))

    def answer(self, kind: Kind, body: Mapping[str, Any], read: Callable[[Response, bytes], T]) -> T:
        """Returns what `read` makes of the whole answer to a request, made again after passing faults."""

        def attempt() -> T:
            started = time.monotonic()
            with self.opened(kind, body) as response:
                return read(response, self.whole(response, started))

        return self.retries.run(lambda: self.guarded(attempt, body))

    @contextmanager
    def opened(self, kind: Kind, body: Mapping[str, Any]) -> Iterator[Response]:
        """Sends a request and gives its response, whose connection closes with the block.

        Raises the client's own exceptions: call it within `guarded`.
        """
        with self._sent(kind, body) as response:
            yield response

    def pieces(self, response: Response) -> Iterator[bytes]:
        """Yields the bytes of a response as they come."""
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > MOST_BYTES:
                raise MalformedStream(f"expected an answer of {MOST_BYTES:,} bytes at most, found more")
            yield piece

    def whole(self, response: Response, started: float) -> bytes:
        """Returns all bytes of a response, where they come within the time since `started` (monotonic)."""
        content = bytearray()
        for piece in self.pieces(response):
            content += piece
            if time.monotonic() - started > self._timeout_seconds:  # an answer may come drop by drop
                raise self._transport.ReadTimeout(f"after {len(content):,} bytes")
        return bytes(content)

    def is_transport_error(self, error: BaseException) -> bool:
        """Tells whether the connection broke or fell silent."""
        return isinstance(error, self._transport.HTTPError | self._openai.APIConnectionError)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def guarded(
        self, call: Callable[[], T], asked: Mapping[str, Any] | None = None, came: Callable[[], str] = str
    ) -> T:
        """Returns what `call` returns.

        Args:
            call: What may raise the client's exceptions.
            asked: The fields of the request, which tell what a complaint is about.
            came: Says how much of the answer came before, "" for nothing.

        Raises:
            ModelError: What they mean.
            PassingFault: As well, where another try may help.
        """
        if self._client.is_closed():
            raise ModelUnavailable(f"{self.name}: the backend is closed; open a new one")
        kinds = (
            self._openai.OpenAIError, self._transport.HTTPError, Complained, ValidationError, UnicodeError,
            MalformedStream,
        )  # fmt: skip
        try:
            return call()
        except kinds as error:
            after = f" after {came()}" if came() else ""
            failure = self._failure(error, asked or {}, after)
        raise failure

    def _sent(self, kind: Kind, body: Mapping[str, Any]) -> AbstractContextManager[Response]:
        """Returns the response to come; other fields than the client knows go as they are."""
        rest = {name: value for name, value in body.items() if name not in ("messages", "prompt", "stream")}
        common: dict[str, Any] = {"model": self.model(), "extra_body": rest}
        if body.get("stream"):
            common["stream"] = True
        if kind == "chat":
            chats = self._client.chat.completions.with_streaming_response
            return chats.create(messages=body["messages"], **common)
        return self._client.completions.with_streaming_response.create(prompt=body["prompt"], **common)

    def _listed(self) -> list[ServedModel]:
        started = time.monotonic()
        try:
            with self._client.models.with_streaming_response.list() as response:
                listing = _Listing.model_validate_json(self.whole(response, started))
        except ValidationError:
            return []
        except self._openai.APIStatusError as error:
            if error.status_code in NO_SUCH_PAGE:
                return []
            raise
        return [ServedModel(model.id, model.owned_by or "") for model in listing.data]

    def _failure(self, error: Exception, asked: Mapping[str, Any], after: str) -> ModelError | PassingFault:
        """Returns what to raise for what the client raised."""
        if isinstance(error, self._openai.APIStatusError):
            return self._complained(
                Complaint.from_body(error.status_code, error.body, retry_after(error.response.headers)), asked
            )
        if isinstance(error, Complained):
            return self._complained(error.complaint, asked)
        if self.is_transport_error(error):
            return self._broken_off(error, after)
        return ModelRequestFailed(f"{self.name}: {self._shown(error)}{after}")

    def _complained(self, complaint: Complaint, asked: Mapping[str, Any]) -> ModelError | PassingFault:
        masked = Complaint(
            complaint.status, self._address.masked(complaint.message), complaint.code, complaint.wait
        )
        return masked.failure(self.name, asked)

    def _broken_off(self, error: Exception, after: str) -> ModelError | PassingFault:
        """Returns what to raise for a connection that could not be made, broke or fell silent."""
        is_wrapped = isinstance(error, self._openai.APIConnectionError)
        cause = error.__cause__ or error if is_wrapped else error
        unmade = (
            self._transport.ConnectError, self._transport.ConnectTimeout, self._transport.ProxyError,
            self._transport.UnsupportedProtocol,
        )  # fmt: skip
        if isinstance(cause, unmade):
            return PassingFault(
                ModelUnavailable(
                    f"{self.name}: cannot connect ({self._shown(cause)}); "
                    "check OPENAI_BASE_URL and that the server runs"
                )
            )
        if isinstance(cause, self._transport.TimeoutException):
            return RequestTimedOut(f"{self.name}: no answer within {self._timeout_seconds:g} s{after}")
        return PassingFault(
            ModelRequestFailed(f"{self.name}: the connection broke off{after} ({self._shown(cause)})")
        )

    def _shown(self, thing: object) -> str:
        """Returns the text of an error, short and without secrets."""
        return self._address.masked(str(thing))[:CHARACTERS] or type(thing).__name__
