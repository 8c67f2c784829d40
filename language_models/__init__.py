"""Speaks to language models: Parser → Conversation → Chat, over an embedded model or any endpoint.

Importing this room is cheap; the heavy libraries load when a backend is made:
`language_models.llama_backend.LlamaBackend` and `language_models.openai_backend.OpenAIBackend`.
"""

from language_models.asking import Answer, Attempt, ChatFailed
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
from language_models.call_parser import CallParser, ReadCall, ToolReply
from language_models.chat import Chat
from language_models.chat_stream import AskedAgain, CallDone, FieldDone, StreamedReply
from language_models.conversation import Conversation
from language_models.json_parser import JsonParser, SchemaParser
from language_models.message import Message, ToolCall, ToolFormat
from language_models.parser import CodeParser, ParseError, Parser, TextParser
from language_models.sending import Manner
from language_models.tool_format import tool_format
from language_models.window import DropOldest, DropOldestResults, KeepLast, Summarise, Window

__all__ = [
    "Answer",
    "AskedAgain",
    "Attempt",
    "CallDone",
    "CallParser",
    "Chat",
    "ChatBackend",
    "ChatFailed",
    "ChatRequest",
    "CodeParser",
    "Completion",
    "CompletionBackend",
    "CompletionRequest",
    "Completions",
    "ContextOverflow",
    "Conversation",
    "Delta",
    "DropOldest",
    "DropOldestResults",
    "End",
    "FieldDone",
    "FormUnsupported",
    "JsonParser",
    "KeepLast",
    "Manner",
    "Message",
    "ModelError",
    "ModelRequestFailed",
    "ModelUnavailable",
    "ParseError",
    "Parser",
    "RateLimited",
    "ReadCall",
    "RequestTimedOut",
    "SchemaParser",
    "StreamedReply",
    "StreamingBackend",
    "Summarise",
    "TextDelta",
    "TextParser",
    "ToolCall",
    "ToolCallDelta",
    "ToolFormat",
    "ToolReply",
    "Usage",
    "Window",
    "tool_format",
]
