"""What an endpoint says instead of a reply, and which of our errors that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from language_models.backend import (
    ContextOverflow,
    FormUnsupported,
    ModelError,
    ModelRequestFailed,
    ModelUnavailable,
    RateLimited,
)
from language_models.retries import LONGEST_WAIT, PassingFault

CHARACTERS = 500  # how much of a complaint is passed on

# They agree on no code: OpenAI, llama.cpp, vLLM, TGI, Mistral, Gemini, Anthropic, Groq, LM Studio.
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|exceeds? the available context|maximum context length"
    r"|must be <= *\d+.*(?:inputs|max_new_tokens)|(?:inputs|max_new_tokens).*must be <="
    r"|too large for model with|input token count.*exceeds"
    r"|reduce the length of the messages"
    r"|(?:prompt|input|context) (?:is )?too long|context overflow"
    r"|context[ _-]?(?:length|window|size|limit).{0,60}(?:exceed|overflow|too (?:long|small))"
    r"|(?:exceed|greater than|longer than|larger than|overflow).{0,60}context"
    r"[ _-]?(?:length|window|size|limit)",
    re.IGNORECASE | re.DOTALL,
)
# By the field of a request: what a complaint about it speaks of.
_FORMS = {
    "response_format": re.compile(r"response_format|json_schema|schema|structured|grammar", re.IGNORECASE),
    "grammar": re.compile(r"grammar", re.IGNORECASE),
    "tools": re.compile(r"\btools?\b|tool_choice|function.?call", re.IGNORECASE),
}
# A fault of the server may name them too: a call that it could not parse, say, where another try may do.
_UNABLE = re.compile(r"support|implement|response_format|json_schema|grammar|tool_choice", re.IGNORECASE)
_MENDS = {
    "response_format": "ask without a schema and parse the text, or take a model that has it",
    "grammar": "ask without a grammar, or take a model that has it",
    "tools": "describe the tools in the conversation, or take a model that calls tools",
}
_KEYS_REFUSED = (401, 403)
_PASSING = (408, 409, 425, 429)
_SPENT = re.compile(r"insufficient_quota|billing", re.IGNORECASE)


class Refused(ModelRequestFailed):
    """The endpoint called the request bad, perhaps for one field that it could do without.

    Attributes:
        said: The endpoint's own words.
    """

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said


class Complained(Exception):
    """A stream had a complaint in it."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.message)
        self.complaint = complaint


@dataclass(frozen=True)
class Complaint:
    """An answer that is an error.

    Attributes:
        status: HTTP status; 200 in the middle of a stream.
        message: What it says.
        code: Its word for the kind of error, "" where it has none.
        wait: Seconds that it asks to wait.
    """

    status: int
    message: str
    code: str = ""
    wait: float | None = None

    @classmethod
    def from_body(cls, status: int, body: object, wait: float | None = None) -> Complaint:
        """Returns the complaint in the body of an answer, whatever its form."""
        error = body.get("error", body) if isinstance(body, Mapping) else body
        if not isinstance(error, Mapping):
            return cls(status, str(error or "no reason given"), "", wait)
        words = [str(error[name]) for name in ("code", "type") if error.get(name)]
        own_status = error.get("code") if status == 200 else None
        return cls(
            own_status if isinstance(own_status, int) else status, _message(error), " ".join(words), wait
        )

    def failure(self, name: str, asked: Mapping[str, Any]) -> ModelError | PassingFault:
        """Returns what to raise for a request with the fields `asked` to the endpoint `name`."""
        said = f"{name}: refused with {self.status}: {self.message[:CHARACTERS]}"
        spoken = f"{self.code} {self.message}"
        if self.status in _KEYS_REFUSED:
            return ModelUnavailable(f"{said}; check OPENAI_API_KEY, OPENAI_BASE_URL and FUNSEARCH_MODEL")
        if self.status == 429:
            return self._limited(said, spoken)
        if _TOO_LONG.search(spoken):
            return ContextOverflow(f"{said}; shorten the conversation or ask for fewer tokens (max_tokens)")
        if self.status < 500 or _UNABLE.search(spoken):
            for form, speaks_of in _FORMS.items():
                if form in asked and speaks_of.search(spoken):
                    return FormUnsupported(f"{said}; {_MENDS[form]}")
        return self._by_status(said, asked)

    def _limited(self, said: str, spoken: str) -> ModelError | PassingFault:
        if _SPENT.search(spoken):
            return RateLimited(f"{said}; the account has nothing left to spend")
        if self.wait is not None and self.wait > LONGEST_WAIT:
            said += f"; it asks to wait {self.wait:,.0f} s"
        return PassingFault(RateLimited(f"{said}; ask less often: see requests_per_minute"), self.wait)

    def _by_status(self, said: str, asked: Mapping[str, Any]) -> ModelError | PassingFault:
        if self.status in (404, 405, 501) and "prompt" in asked:
            return ModelUnavailable(
                f"{said}; check FUNSEARCH_MODEL, or ask by chat: few endpoints continue text"
            )
        if self.status == 404:
            return ModelUnavailable(f"{said}; check OPENAI_API_KEY, OPENAI_BASE_URL and FUNSEARCH_MODEL")
        if self.status in _PASSING or (self.status >= 500 and self.status != 501):
            return PassingFault(ModelRequestFailed(said), self.wait)
        return Refused(said, self.message) if self.status in (400, 422) else ModelRequestFailed(said)


def _message(error: Mapping[Any, Any]) -> str:
    """Returns the words of a complaint, without the request that some endpoints send back in it."""
    said = error.get("message") or error.get("detail") or error.get("title")
    if isinstance(said, list):  # FastAPI's: where, and what is wrong there
        return "; ".join(
            f"{'.'.join(map(str, part.get('loc', ())))}: {part.get('msg')}"
            for part in said
            if isinstance(part, Mapping)
        )
    return str(said or error or "no reason given")
