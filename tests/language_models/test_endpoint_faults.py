"""What an endpoint may do wrong, and which error that is: each fault whole and streamed, and never with the key."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from language_models import (
    ChatRequest,
    CompletionRequest,
    ContextOverflow,
    End,
    FormUnsupported,
    Message,
    ModelError,
    ModelRequestFailed,
    ModelUnavailable,
    RateLimited,
    RequestTimedOut,
    TextDelta,
    ToolFormat,
    Usage,
)
from language_models.backend import Delta
from language_models.openai_backend import OpenAIBackend
from language_models.retries import Retries
from tests.language_models.chat_server import (
    Reaction,
    Wire,
    breaks_off,
    chunk,
    completion,
    drips,
    hangs,
    hangs_within,
    pieces_of,
    refusal,
    resets,
    serving,
    stream_of,
    usage_chunk,
)

KEY = "sk-planted-key-0123456789"
SAID = (Message("user", "Say hi."),)
REQUEST = ChatRequest(SAID, max_tokens=9)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
TOOL = ToolFormat("add", "Adds.", SCHEMA)
HI = stream_of(chunk(content="h"), chunk(content="i"), chunk("stop"), usage_chunk(5, 2))

Ask = Callable[[OpenAIBackend, ChatRequest], object]


def whole(backend: OpenAIBackend, request: ChatRequest) -> object:
    return backend.chat(request)


def streamed(backend: OpenAIBackend, request: ChatRequest) -> object:
    return list(backend.stream(request))


WAYS = pytest.mark.parametrize("ask", [whole, streamed])


def fault(
    react: Callable[[dict[str, Any]], Reaction],
    request: ChatRequest = REQUEST,
    ask: Ask = whole,
    retries: Retries | int = 0,
    timeout_seconds: float = 5.0,
) -> tuple[ModelError, list[dict[str, Any]]]:
    """Returns the error that a fault becomes, and what was asked."""
    with (
        serving(react) as endpoint,
        OpenAIBackend(
            "stub", api_key=KEY, base_url=endpoint.url, retries=retries, timeout_seconds=timeout_seconds
        ) as backend,
    ):
        with pytest.raises(ModelError) as caught:
            ask(backend, request)
        error = caught.value
        shown: list[BaseException | None] = [error, error.__cause__, error.__context__]
        assert KEY not in "".join(str(e) + repr(e) + repr(e and vars(e)) for e in shown)
        assert KEY not in "".join(traceback.format_exception(error))
        assert shown[1:] == [None, None]  # the client's exceptions hold the request, and it the key
        return error, endpoint.bodies


def answered(react: Callable[[dict[str, Any]], Reaction], ask: Ask, request: ChatRequest = REQUEST) -> Any:
    with serving(react) as endpoint, OpenAIBackend("stub", base_url=endpoint.url, retries=0) as backend:
        return ask(backend, request)


@WAYS
@pytest.mark.parametrize(
    ("reaction", "expected", "words"),
    [
        (refusal(400, "bad"), ModelRequestFailed, "refused with 400: bad"),
        (refusal(401, f"bad key {KEY}"), ModelUnavailable, r"bad key \*\*\*; check OPENAI_API_KEY"),
        (refusal(403, "not yours"), ModelUnavailable, "check OPENAI_API_KEY"),
        (refusal(404, "no such model"), ModelUnavailable, "no such model; check"),
        (refusal(418, "teapot"), ModelRequestFailed, "418: teapot"),
        (refusal(429, "slow down"), RateLimited, "slow down; ask less often"),
        (refusal(500, f"broke with {KEY}"), ModelRequestFailed, r"broke with \*\*\*"),
        (refusal(503, "loading"), ModelRequestFailed, "503: loading"),
        ((500, b"<html>oops</html>"), ModelRequestFailed, "500: <html>oops"),
        ((500, b"\xff\xfe"), ModelRequestFailed, "refused with 500"),
        ((500, b""), ModelRequestFailed, "refused with 500"),
        ((400, {"error": "in one word"}), ModelRequestFailed, "400: in one word"),
        (
            (200, {"error": {"message": "no GPU", "code": 502}}),
            ModelRequestFailed,
            "refused with 502: no GPU",
        ),
        ((200, {"error": {"message": "slow", "code": 429}}), RateLimited, "refused with 429: slow"),
        (refusal(504, "context deadline exceeded"), ModelRequestFailed, "context deadline exceeded"),
        (
            (422, {"detail": [{"loc": ["body", "top"], "msg": "extra"}]}),
            ModelRequestFailed,
            "body.top: extra",
        ),
        ((200, b"{not json"), ModelRequestFailed, "expected a chat completion, found application/json"),
        ((200, b"\xff\xfe"), ModelRequestFailed, "expected a chat completion"),
        ((200, b""), ModelRequestFailed, "expected a chat completion"),
        ((200, ["a list"]), ModelRequestFailed, "expected a chat completion"),
        ((200, {"choices": []}), ModelRequestFailed, "choices: List should have at least 1 item"),
        ((200, {"choices": [{"index": 0}]}), ModelRequestFailed, r"choices.0.message: Field required"),
        ((200, b"[" * 100_000), ModelRequestFailed, "expected a chat completion"),
        (breaks_off, ModelRequestFailed, "the connection broke off"),
        (resets, ModelRequestFailed, "the connection broke off"),
    ],
)
def test_a_fault_is_a_typed_error(reaction: Any, expected: type[ModelError], words: str, ask: Ask) -> None:
    error, _ = fault(lambda _: reaction, ask=ask)
    assert type(error) is expected or (expected is ModelRequestFailed and isinstance(error, expected))
    assert not isinstance(error, FormUnsupported | ContextOverflow)
    assert str(error).startswith("stub at 127.0.0.1:")
    with pytest.raises(expected, match=words):
        raise error


@pytest.mark.parametrize(
    ("reaction", "words"),
    [
        (stream_of(), "found no choices"),
        (stream_of(usage_chunk(5, 0)), "found no choices"),
        (stream_of(b"{not json"), "expected a chunk of a chat completion"),
        (stream_of(b"\xff\xfe"), "expected a chunk of a chat completion"),
        (stream_of(chunk(content="a"), b"[1]"), "expected a chunk .* after 1 characters of text"),
        (stream_of(chunk(content="abc"), {"error": {"message": "CUDA"}}), "refused with 200: CUDA"),
        (stream_of(chunk(content="abc"), {"object": "error", "message": "gone"}), "gone"),
        (stream_of(chunk(content="abc"), then=Wire.end_stream), "ended before the reply did after 3 char"),
        (stream_of(chunk(content="abc"), then=Wire.cut), "broke off after 3 characters of text"),
        (stream_of(chunk(content="abc"), then=Wire.reset), "broke off after 3 characters of text"),
        (stream_of(then=Wire.cut), "the connection broke off"),
        (stream_of(chunk(tool_calls=[{"index": 0, "id": "x", "function": {}}]), chunk("stop")), "by name"),
        (pieces_of([b"<html>log in</html>"], "text/html"), "the stream of text/html ended before"),
    ],
)
def test_a_fault_within_a_stream_says_how_much_came(reaction: Reaction, words: str) -> None:
    error, _ = fault(lambda _: reaction, ask=streamed)
    with pytest.raises(ModelRequestFailed, match=words):
        raise error


def test_what_came_before_a_stream_broke_has_been_given() -> None:
    with (
        serving(lambda _: stream_of(chunk(content="abc"), then=Wire.cut)) as endpoint,
        OpenAIBackend("stub", base_url=endpoint.url) as backend,
    ):
        deltas = backend.stream(REQUEST)
        assert next(deltas) == TextDelta("abc")
        with pytest.raises(ModelRequestFailed, match="after 3 characters"):
            next(deltas)
    assert len(endpoint.bodies) == 1  # nobody asks again for what was half said


@pytest.mark.parametrize("end", [Wire.cut, Wire.end_stream])
def test_a_reply_that_ended_is_whole_whatever_becomes_of_the_stream(end: Callable[[Wire], None]) -> None:
    reaction = stream_of(chunk(content="hi"), chunk("stop"), then=end)
    assert answered(lambda _: reaction, streamed) == [TextDelta("hi"), End("stop", Usage())]


@WAYS
@pytest.mark.parametrize("silence", [hangs, hangs_within, drips])
def test_an_endpoint_that_does_not_answer_in_time_is_given_up(silence: Reaction, ask: Ask) -> None:
    error, bodies = fault(lambda _: silence, ask=ask, timeout_seconds=0.2, retries=3)
    assert isinstance(error, RequestTimedOut)
    assert "no answer within 0.2 s" in str(error)
    assert len(bodies) == 1  # the time allowed is up


def test_a_stream_that_falls_silent_is_given_up() -> None:
    silent = stream_of(chunk(content="abc"), then=Wire.wait)
    error, _ = fault(lambda _: silent, ask=streamed, timeout_seconds=0.2)
    assert isinstance(error, RequestTimedOut)
    assert "no answer within 0.2 s after 3 characters of text" in str(error)


def test_closing_a_stream_closes_the_connection() -> None:
    hung_up: list[bool] = []

    def react(body: dict[str, Any]) -> Reaction:
        if not body.get("stream"):
            return 200, completion("hi")
        return stream_of(chunk(content="abc"), then=lambda wire: hung_up.append(wire.wait_for_hang_up()))

    with serving(react) as endpoint, OpenAIBackend("stub", base_url=endpoint.url) as backend:
        deltas = backend.stream(REQUEST)
        next(deltas)
        deltas.close()  # type: ignore[attr-defined]
        assert backend.chat(REQUEST).texts == ("hi",)
    assert hung_up == [True]


@WAYS
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "3"}, [3.0, 3.0]),
        ({"Retry-After": "0"}, [0.0, 0.0]),
        ({"retry-after-ms": "1500"}, [1.5, 1.5]),
        ({"Retry-After": "soon"}, [0.5, 1.0]),
        ({"Retry-After": "-1"}, [0.5, 1.0]),
        ({"Retry-After": "nan"}, [0.5, 1.0]),
        ({}, [0.5, 1.0]),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_request_is_made_again_as_soon_as_the_endpoint_allows(
    status: int, headers: dict[str, str], expected: list[float], ask: Ask
) -> None:
    waits: list[float] = []
    error, bodies = fault(
        lambda _: refusal(status, "busy", headers),
        ask=ask,
        retries=Retries(2, sleep=waits.append, jitter=lambda: 0.0),
    )
    assert waits == expected
    assert len(bodies) == 3
    assert "(tried 3 times)" in str(error)
    assert isinstance(error, RateLimited) == (status == 429)


def test_retry_after_may_be_a_date() -> None:
    waits: list[float] = []
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    fault(lambda _: refusal(429, "busy", {"Retry-After": date}), retries=Retries(1, sleep=waits.append))
    assert 20 < waits[0] <= 30


def test_a_wait_of_hours_is_not_waited() -> None:
    waits: list[float] = []
    error, bodies = fault(
        lambda _: refusal(429, "busy", {"Retry-After": "7200"}), retries=Retries(5, sleep=waits.append)
    )
    assert (waits, len(bodies)) == ([], 1)
    assert "it asks to wait 7,200 s" in str(error)


@WAYS
@pytest.mark.parametrize("passing", [refusal(429, "busy"), refusal(500, "oops"), resets])
def test_a_fault_that_passes_is_not_seen(passing: Reaction, ask: Ask) -> None:
    reactions = iter([passing, None])

    def react(body: dict[str, Any]) -> Reaction:
        return next(reactions) or (HI if body.get("stream") else (200, completion("hi")))

    with (
        serving(react) as endpoint,
        OpenAIBackend("stub", base_url=endpoint.url, retries=Retries(1, sleep=lambda _: None)) as backend,
    ):
        assert ask(backend, REQUEST)
    assert len(endpoint.bodies) == 2


def test_an_account_without_money_is_not_asked_again() -> None:
    error, bodies = fault(lambda _: refusal(429, "You exceeded", code="insufficient_quota"), retries=3)
    assert isinstance(error, RateLimited)
    assert "nothing left to spend" in str(error)
    assert len(bodies) == 1


@WAYS
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"message": "too many", "code": "context_length_exceeded"}),
        (
            400,
            {
                "message": "This model's maximum context length is 4097 tokens. However, you requested 5000",
                "code": 400,
            },
        ),
        (
            400,
            {
                "message": "the request exceeds the available context size",
                "type": "exceed_context_size_error",
            },
        ),
        (500, {"message": "the request exceeds the available context size. try increasing it", "code": 500}),
        (422, {"message": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 and 200"}),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}),
        (400, {"message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."}),
        (413, {"message": "Please reduce the length of the messages or completion."}),
        (400, {"message": "Prompt contains 9 tokens, too large for model with 8 maximum context length"}),
        (400, {"message": "The number of tokens to keep is greater than the context length"}),
    ],
)
def test_a_conversation_too_long_for_the_model_is_told_apart(
    status: int, said: dict[str, Any], ask: Ask
) -> None:
    error, bodies = fault(lambda _: (status, {"error": said}), ask=ask, retries=2)
    assert isinstance(error, ContextOverflow)
    assert "shorten the conversation" in str(error)
    assert len(bodies) == 1


@WAYS
@pytest.mark.parametrize(
    ("request_", "status", "said", "mend"),
    [
        (ChatRequest(SAID, schema=SCHEMA), 400, "response_format json_schema is unknown", "without a schema"),
        (ChatRequest(SAID, schema=SCHEMA), 500, "grammar could not be made", "without a schema"),
        (ChatRequest(SAID, tools=(TOOL,)), 400, "m does not support tools", "describe the tools"),
        (ChatRequest(SAID, tools=(TOOL,)), 404, "no endpoints that support tool use", "describe the tools"),
    ],
)
def test_a_form_that_the_endpoint_has_not_is_told_apart_with_the_mend(
    request_: ChatRequest, status: int, said: str, mend: str, ask: Ask
) -> None:
    error, _ = fault(lambda _: refusal(status, said), request_, ask, retries=2)
    assert isinstance(error, FormUnsupported)
    assert mend in str(error)
    plain, _ = fault(lambda _: refusal(status, said), REQUEST, ask)
    assert not isinstance(plain, FormUnsupported)


@WAYS
def test_a_call_that_the_server_could_not_parse_is_asked_for_again(ask: Ask) -> None:
    said = "Failed to parse tool call arguments as JSON"
    error, bodies = fault(
        lambda _: refusal(500, said),
        ChatRequest(SAID, tools=(TOOL,)),
        ask,
        Retries(1, sleep=lambda _: None),
    )
    assert not isinstance(error, FormUnsupported)
    assert len(bodies) == 2


@WAYS
def test_an_endpoint_that_ignores_the_form_is_found_out(ask: Ask) -> None:
    def react(body: dict[str, Any]) -> Reaction:
        return HI if body.get("stream") else (200, completion("hi"))

    error, _ = fault(react, ChatRequest(SAID, schema=SCHEMA), ask)
    assert isinstance(error, FormUnsupported)
    assert "expected JSON by the schema, found 'h" in str(error)
    assert "the endpoint ignores response_format" in str(error)
    assert answered(react, ask, REQUEST)


def test_a_reply_without_the_call_that_is_required_is_found_out() -> None:
    required = ChatRequest(SAID, tools=(TOOL,), tool_choice="required")
    error, _ = fault(lambda _: (200, completion("hi")), required)
    assert isinstance(error, FormUnsupported)
    assert "found 'hi': the endpoint ignores tool_choice" in str(error)
    assert answered(lambda _: (200, completion("hi")), whole, ChatRequest(SAID, tools=(TOOL,)))


@pytest.mark.parametrize("begun", ["Sure", "```json", "\n Here"])
def test_prose_instead_of_json_is_found_out_before_any_of_it_is_given(begun: str) -> None:
    with (
        serving(lambda _: stream_of(chunk(content=begun), then=Wire.wait_for_hang_up)) as endpoint,
        OpenAIBackend("stub", base_url=endpoint.url) as backend,
        pytest.raises(FormUnsupported, match="ignores response_format"),
    ):
        next(backend.stream(ChatRequest(SAID, schema=SCHEMA)))


@pytest.mark.parametrize("pieces", [["{", '"a": 1}'], ["\n", " ", "1"], ['"x"'], ["nu", "ll"], ["{oops"]])
def test_what_may_be_json_is_streamed_as_it_comes(pieces: list[str]) -> None:
    reaction = stream_of(*(chunk(content=piece) for piece in pieces), chunk("stop"))
    deltas = answered(lambda _: reaction, streamed, ChatRequest(SAID, schema=SCHEMA))
    assert [delta.text for delta in deltas[:-1]] == pieces


@WAYS
def test_json_that_was_cut_off_is_a_reply_that_ended_by_length(ask: Ask) -> None:
    def react(body: dict[str, Any]) -> Reaction:
        if body.get("stream"):
            return stream_of(chunk(content='{"a'), chunk("length"))
        reply = completion('{"a')
        reply["choices"][0]["finish_reason"] = "length"
        return 200, reply

    assert answered(react, ask, ChatRequest(SAID, schema=SCHEMA))


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        ("stream_options", "Unknown field: stream_options"),
        ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ("seed", "body.seed: Extra inputs are not permitted"),
    ],
)
def test_a_field_that_the_endpoint_refuses_and_can_be_spared_is_sent_once(field: str, complaint: str) -> None:
    def react(body: dict[str, Any]) -> Reaction:
        return refusal(400, complaint) if field in body else HI

    request = ChatRequest(SAID, max_tokens=9, seed=1)
    with serving(react) as endpoint, OpenAIBackend("stub", base_url=endpoint.url) as backend:
        for _ in range(2):
            assert len(list(backend.stream(request))) == 3
    assert [field in body for body in endpoint.bodies] == [True, False, False]
    assert all("max_tokens" in body or "max_completion_tokens" in body for body in endpoint.bodies)


def test_a_model_named_like_a_field_is_no_complaint_about_it() -> None:
    with (
        serving(lambda _: refusal(400, "bad")) as endpoint,
        OpenAIBackend("seed max_completion_tokens", base_url=endpoint.url) as backend,
        pytest.raises(ModelRequestFailed, match="seed max_completion_tokens at .*: bad"),
    ):
        backend.chat(ChatRequest(SAID, seed=1))
    assert len(endpoint.bodies) == 1


def test_a_refusal_of_everything_ends() -> None:
    everything = "n, seed, stream_options, max_tokens, max_completion_tokens"
    _, bodies = fault(lambda _: refusal(400, everything), ChatRequest(SAID, samples=2, seed=1))
    assert len(bodies) <= 5


def test_an_endpoint_that_does_not_stream_is_heard_at_once() -> None:
    calls = [{"id": "x", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}]
    deltas: list[Delta] = answered(lambda _: (200, completion("hi", tool_calls=calls)), streamed)
    assert [type(delta).__name__ for delta in deltas] == ["TextDelta", "ToolCallDelta", "End"]
    assert deltas[-1] == End("tool_calls", Usage(5, 1))


def test_text_is_continued_where_the_endpoint_does_that() -> None:
    def react(body: dict[str, Any]) -> Reaction:
        choices = [{"text": f" {body['prompt']}{i}", "finish_reason": "length"} for i in range(body["n"])]
        return 200, {"choices": choices, "usage": {"prompt_tokens": 2, "completion_tokens": 4}}

    with serving(react) as endpoint, OpenAIBackend("stub", base_url=endpoint.url) as backend:
        answer = backend.complete(CompletionRequest("x", samples=2, stop=("\n",)))
    assert answer.texts == (" x0", " x1")
    assert answer.usage == Usage(2, 4)
    assert endpoint.paths == ["/v1/completions"]
    assert endpoint.bodies[0] | {"temperature": 1.0} == {
        "model": "stub", "prompt": "x", "n": 2, "max_tokens": 256, "temperature": 1.0, "stop": ["\n"],
    }  # fmt: skip


def test_an_endpoint_without_completions_says_to_chat() -> None:
    with (
        serving(lambda _: refusal(404, "This is a chat model")) as endpoint,
        OpenAIBackend("stub", base_url=endpoint.url) as backend,
        pytest.raises(ModelUnavailable, match="ask by chat"),
    ):
        backend.complete(CompletionRequest("x"))


@pytest.mark.parametrize("owner", ["llamacpp", "vllm"])
def test_a_grammar_goes_to_llama_cpp_only(owner: str) -> None:
    reply = {"choices": [{"text": "1", "finish_reason": "stop"}]}
    with (
        serving(lambda _: (200, reply)) as endpoint,
        OpenAIBackend("stub", base_url=endpoint.url) as backend,
    ):
        endpoint.owner = owner
        request = CompletionRequest("x", grammar='root ::= "1"')
        if owner == "llamacpp":
            assert backend.complete(request).texts == ("1",)
            assert endpoint.bodies[0]["grammar"] == 'root ::= "1"'
        else:
            with pytest.raises(FormUnsupported, match="takes no grammar"):
                backend.complete(request)
            assert not endpoint.bodies


@WAYS
def test_no_secret_is_logged(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fault(lambda _: refusal(429, f"key {KEY}"), ask=ask, retries=Retries(1, sleep=lambda _: None))
    with serving(lambda _: refusal(401, "user:hunter2 dXNlcjpodW50ZXIy")) as endpoint:
        url = endpoint.url.replace("http://", "http://user:hunter2@")
        with OpenAIBackend("stub", base_url=url) as backend, pytest.raises(ModelUnavailable) as caught:
            ask(backend, REQUEST)
    assert endpoint.keys == ["Basic dXNlcjpodW50ZXIy"]
    assert endpoint.url.removeprefix("http://") in caplog.text  # the client does log
    for secret in (KEY, "hunter2", "dXNlcjpodW50ZXIy"):
        assert secret not in caplog.text
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "listing",
    [
        (200, b"<html>"),
        (200, b"\xff"),
        (200, {}),
        (200, {"data": None}),
        (200, {"data": ["m"]}),
        (200, {"data": []}),
        (404, {}),
        (405, {}),
        (501, b"<html>"),
    ],
)
def test_a_list_of_models_that_cannot_be_read_is_no_list(
    listing: Reaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serving(lambda body: (200, completion(body["model"]))) as endpoint,
        OpenAIBackend(None, base_url=endpoint.url, retries=0) as backend,
    ):
        monkeypatch.setattr(endpoint, "models", lambda: listing)
        backend.reach()
        assert backend.chat(REQUEST).texts == ("default",)


def test_many_threads_share_a_backend() -> None:
    def react(body: dict[str, Any]) -> Reaction:
        said = body["messages"][0]["content"]
        if body["n"] > 1:
            return refusal(400, "n")
        return (
            stream_of(chunk(content=said), chunk("stop")) if body.get("stream") else (200, completion(said))
        )

    def both(number: int) -> tuple[object, object]:
        said = (Message("user", str(number)),)
        deltas = list(backend.stream(ChatRequest(said)))
        return backend.chat(ChatRequest(said, samples=2)).texts, deltas[0]

    with (
        serving(react) as endpoint,
        OpenAIBackend(None, base_url=endpoint.url) as backend,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(both, range(24), timeout=60))
    assert answers == [((str(i), str(i)), TextDelta(str(i))) for i in range(24)]


def test_openai_without_a_key_names_the_variable() -> None:
    with pytest.raises(
        ModelUnavailable, match="m at api.openai.com: expected a key, found none; set OPENAI_API_KEY"
    ):
        OpenAIBackend("m")


@pytest.mark.parametrize("key", [f"{KEY}\nX", f"{KEY}é", f"{KEY}\x00"])
def test_a_key_that_no_header_may_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(ValueError, match="OPENAI_API_KEY: expected printable ASCII") as caught:
        OpenAIBackend("m", api_key=key)
    assert KEY not in str(caught.value)


def test_blanks_around_a_key_are_dropped() -> None:
    with (
        serving(lambda _: (200, completion("hi"))) as endpoint,
        OpenAIBackend("stub", api_key=f" {KEY}\n", base_url=endpoint.url) as backend,
    ):
        backend.chat(REQUEST)
    assert endpoint.keys == [f"Bearer {KEY}"]


@WAYS
def test_a_closed_backend_says_so(ask: Ask) -> None:
    backend = OpenAIBackend("stub", base_url="http://127.0.0.1:9/v1")
    backend.close()
    with pytest.raises(ModelUnavailable, match="the backend is closed"):
        ask(backend, REQUEST)
