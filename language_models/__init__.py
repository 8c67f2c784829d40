"""Speaks to language models: samples text from an embedded model or any OpenAI-compatible endpoint.

Importing this room is cheap; the heavy libraries load when a backend is made:
`language_models.llama_backend.LlamaBackend` and `language_models.openai_backend.OpenAIBackend`.
"""

from language_models.backend import (
    ChatBackend,
    ChatRequest,
    Completion,
    CompletionBackend,
    CompletionRequest,
    Completions,
    ContextOverflow,
    Delta,
    End,
    FormUnsupported,
    ModelError,
    ModelRequestFailed,
    ModelUnavailable,
    RateLimited,
    RequestTimedOut,
    StreamingBackend,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from language_models.message import Message, ToolCall, ToolFormat

__all__ = [
    "ChatBackend",
    "ChatRequest",
    "Completion",
    "CompletionBackend",
    "CompletionRequest",
    "Completions",
    "ContextOverflow",
    "Delta",
    "End",
    "FormUnsupported",
    "Message",
    "ModelError",
    "ModelRequestFailed",
    "ModelUnavailable",
    "RateLimited",
    "RequestTimedOut",
    "StreamingBackend",
    "TextDelta",
    "ToolCall",
    "ToolCallDelta",
    "ToolFormat",
    "Usage",
]
