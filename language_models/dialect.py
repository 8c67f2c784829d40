"""What one endpoint was found to understand of OpenAI's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from language_models.backend import ChatRequest, Sampling

OLD_LENGTH, NEW_LENGTH = "max_tokens", "max_completion_tokens"  # OpenAI renamed it, most others did not
_SEED = re.compile(r"\bseed\b")


@dataclass(frozen=True)
class Dialect:
    """Fields that requests may have.

    Attributes:
        length_field: The name of the longest reply.
        takes_n: Whether several samples come of one request.
        takes_seed: Whether samples can be made repeatable.
        takes_stream_options: Whether usage can be asked for in streams.
    """

    length_field: str = OLD_LENGTH
    takes_n: bool = True
    takes_seed: bool = True
    takes_stream_options: bool = True

    def body(self, request: Sampling, fields: Mapping[str, Any], drawn: int) -> dict[str, Any]:
        """Returns the body that asks for what is missing after `drawn` samples.

        Args:
            request: How to sample.
            fields: What to continue or reply to, and whether as a stream.
            drawn: How many samples there are already.
        """
        length_field = self.length_field if isinstance(request, ChatRequest) else OLD_LENGTH
        body: dict[str, Any] = {
            **fields,
            "n": request.samples - drawn if self.takes_n else 1,
            "temperature": request.temperature,
            length_field: request.max_tokens,
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.seed is not None and self.takes_seed:
            body["seed"] = (request.seed + drawn) % 2**32
        if fields.get("stream") and self.takes_stream_options:
            body["stream_options"] = {"include_usage": True}
        return body

    def without_refused(self, asked: Mapping[str, Any], complaint: str) -> Dialect | None:
        """Returns the dialect to try after a complaint, or None where nothing is left to give up."""
        if "stream_options" in asked and "stream_options" in complaint:
            return replace(self, takes_stream_options=False)
        if NEW_LENGTH in complaint and (OLD_LENGTH in asked or NEW_LENGTH in asked):
            other = NEW_LENGTH if OLD_LENGTH in asked else OLD_LENGTH
            return replace(self, length_field=other)
        if "seed" in asked and _SEED.search(complaint):
            return replace(self, takes_seed=False)
        if asked.get("n", 1) > 1:  # few say that it is n which they do not know
            return replace(self, takes_n=False)
        return None
