"""Requests and answers as JSON, for traces, caches and recordings; secrets are masked by who writes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    Usage,
    finish_reason,
)
from language_models.message import ToolCall

AnyRequest: TypeAlias = ChatRequest | CompletionRequest
Record: TypeAlias = dict[str, Any]


def request_record(request: AnyRequest) -> Record:
    """Returns all that a request says; what it leaves unsaid is left out."""
    sampling: Record = {
        "samples": request.samples,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stop": list(request.stop),
        "seed": request.seed,
    }
    if isinstance(request, CompletionRequest):
        said: Record = {"prompt": request.prompt, "grammar": request.grammar}
    else:
        said = {
            "messages": [message.as_dict() for message in request.messages],
            "tools": [tool.as_dict() for tool in request.tools],
            "tool_choice": request.tool_choice if request.tools else None,
            "schema": request.schema and dict(request.schema),
        }
    return {name: value for name, value in {**said, **sampling}.items() if value not in (None, [])}


def answer_record(answer: Completions) -> Record:
    """Returns an answer as JSON."""
    choices = [
        {
            "text": choice.text,
            "finish_reason": choice.finish_reason,
            **({"tool_calls": [call.as_dict() for call in choice.tool_calls]} if choice.tool_calls else {}),
        }
        for choice in answer.choices
    ]
    return {"choices": choices, "usage": usage_record(answer.usage)}


def usage_record(usage: Usage) -> Record:
    """Returns tokens as JSON."""
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}


def answer_of(record: Mapping[str, Any]) -> Completions:
    """Returns the answer that JSON tells of; raises `ValueError` where it tells of none."""
    try:
        choices = tuple(map(_choice_of, record["choices"]))
        counted = record.get("usage", {})
        usage = Usage(int(counted.get("prompt_tokens", 0)), int(counted.get("completion_tokens", 0)))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"answer {json.dumps(record, default=str):.200}: expected choices and usage"
        ) from error
    if not choices or not all(isinstance(choice.text, str) for choice in choices):
        raise ValueError(
            f"answer {json.dumps(record, default=str):.200}: expected one or more choices of text"
        )
    return Completions(choices, usage)


def request_key(record: Mapping[str, Any], *beside: str) -> str:
    """Returns the name of a request as JSON: two that differ in anything have different ones."""
    text = json.dumps([record, *beside], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _choice_of(record: Mapping[str, Any]) -> Completion:
    calls = tuple(
        ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in record.get("tool_calls", ())
    )
    return Completion(record["text"], finish_reason(record["finish_reason"]), calls)
