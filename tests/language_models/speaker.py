"""A stand-in for a model behind the protocol: repeatable words, calls and JSON, whole or streamed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.language_models.chat_server import Reaction, chunk, completion, refusal, stream_of, usage_chunk

CONTEXT = 4096  # words
WORDS = ["red", "green", "blue", "amber", "black", "white", "brown", "violet"]


def speak(body: dict[str, Any]) -> Reaction:
    """Answers a request for text or chat as OpenAI's endpoint would."""
    if "prompt" in body:
        return 200, _text_completion(body)
    message, reason = _message(body, 0)
    read, written = _usage(body, message)
    if read > CONTEXT:
        return refusal(400, f"maximum context length is {CONTEXT}", code="context_length_exceeded")
    if body.get("stream"):
        end = [usage_chunk(read, written)] if body.get("stream_options", {}).get("include_usage") else []
        return stream_of(*_chunks(message, reason), *end)
    reply = completion(*[""] * body["n"])
    for number, choice in enumerate(reply["choices"]):
        choice["message"], choice["finish_reason"] = _message(body, number)
    reply["usage"] = {"prompt_tokens": read, "completion_tokens": written}
    return 200, reply


def _text_completion(body: dict[str, Any]) -> dict[str, Any]:
    said = [_said(body, number) for number in range(body["n"])]
    choices = [{"index": i, "text": text, "finish_reason": reason} for i, (text, reason) in enumerate(said)]
    usage = {"prompt_tokens": len(body["prompt"].split()), "completion_tokens": 8 * body["n"]}
    return {"id": "x", "object": "text_completion", "choices": choices, "usage": usage}


def _message(body: dict[str, Any], number: int) -> tuple[dict[str, Any], str]:
    if body.get("tool_choice") == "required":
        function = body["tools"][0]["function"]
        call = {"name": function["name"], "arguments": json.dumps(instance(function["parameters"]))}
        calls = [{"index": 0, "id": "call_x", "type": "function", "function": call}]
        return {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
    if "response_format" in body:
        value = instance(body["response_format"]["json_schema"]["schema"])
        return {"role": "assistant", "content": json.dumps(value)}, "stop"
    text, reason = _said(body, number)
    return {"role": "assistant", "content": text}, reason


def _said(body: dict[str, Any], number: int) -> tuple[str, str]:
    """Returns words that the seed decides, or at temperature 0 the prompt, cut as was asked."""
    chance = body.get("seed", 0) + number if body["temperature"] else 0
    words = Random(f"{chance} {body.get('prompt', body.get('messages'))}").choices(WORDS, k=8)
    most: int = body.get("max_tokens") or body["max_completion_tokens"]
    text = " ".join(words[:most])
    ends = [place for stop in body.get("stop", ()) if (place := text.find(stop)) >= 0]
    if ends:
        return text[: min(ends)], "stop"
    return text, "length" if most < len(words) else "stop"


def _chunks(message: dict[str, Any], reason: str) -> list[dict[str, Any]]:
    """Returns the chunks of a message: words, or a call's arguments letter by letter."""
    chunks = [chunk(role="assistant", content=None)]
    words = (message["content"] or "").split(" ")
    chunks += [chunk(content=word if i == 0 else f" {word}") for i, word in enumerate(words)]
    for call in message.get("tool_calls", ()):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        chunks.append(chunk(tool_calls=[{**call, "function": {"name": name, "arguments": ""}}]))
        chunks += [chunk(tool_calls=[{"index": 0, "function": {"arguments": c}}]) for c in arguments]
    return [*chunks, chunk(reason)]


def _usage(body: dict[str, Any], message: dict[str, Any]) -> tuple[int, int]:
    read = sum(len((said["content"] or "").split()) for said in body["messages"])
    return read, max(1, len((message["content"] or "").split())) * body["n"]


def instance(schema: dict[str, Any]) -> Any:
    """Returns a plain value of a plain schema."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: instance(of) for name, of in schema["properties"].items()}
        case "array":
            return [instance(schema["items"])] * schema.get("minItems", 1)
        case kind:
            return {"string": "red", "integer": 3, "number": 0.5, "boolean": True, "null": None}[kind]
