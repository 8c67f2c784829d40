"""A tool as it enters the bank: a program, what it is for, and what is known of it."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from tool_bank.signature import Signature, read_signature, require_tool

Status = Literal[
    "candidate",  # proposed, not yet admitted
    "provisional",  # admitted, still on trial
    "active",  # served
    "shadow",  # runs beside another to be compared with it
    "retired",  # no longer served; kept for good
    "quarantined",  # withdrawn after failures
]
SERVED: frozenset[Status] = frozenset({"provisional", "active"})  # what search finds and `call` runs

DEFAULT_PACKAGES = ("numpy",)
_LATER_FIELDS = {"packages": DEFAULT_PACKAGES, "supersedes": "", "generalises": ()}
STORED = {"stored": True}  # validation context of what once was a tool: later rules do not hold for it
LONGEST_SOURCE = 200_000  # characters
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")  # the names that every tool-calling interface takes

Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Package = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$")]
ExampleQuery = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


class Tool(BaseModel):
    """One version of one tool; what cannot be a tool raises a `ValueError` that names the field.

    Attributes:
        name: What callers call it by: a letter, then letters, digits or underscores, 64 at most.
        description: What it does, in words; search reads it.
        source: The whole text of a module that defines `function` at its top level.
        function: The entry point.
        example_queries: Requests that this tool answers, in users' words; search's strongest clue.
        scores: Named results of its evaluation.
        integrity: "verified" if outputs were scored outside the sandbox, "in-process" if the
            specification's own code scored itself beside the candidate.
        sandbox: The backend that its scores were measured in.
        packages: Installed distributions that its sandbox must have, besides the standard library.
        provenance: Where it comes from (run, island, parents, sampler, seed, cost), as free JSON.
        supersedes: The version whose place it took after passing that one's tests too; "" for none.
        generalises: Names of the special tools that it answers for.
        status: Whether it is served. Not part of the version: it changes while the version stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    description: Description
    source: str
    function: str
    example_queries: tuple[ExampleQuery, ...] = Field(default=(), max_length=100)
    scores: dict[str, FiniteFloat] = {}
    integrity: Literal["verified", "in-process"] = "verified"
    sandbox: str = ""
    packages: tuple[Package, ...] = Field(default=DEFAULT_PACKAGES, max_length=100)
    provenance: dict[str, JsonValue] = {}
    supersedes: str = ""
    generalises: tuple[str, ...] = Field(default=(), max_length=100)
    status: Status = "active"

    @field_validator("name")
    @classmethod
    def _name_is_callable(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"expected a letter, then up to 63 letters, digits or underscores, found {name[:80]!r}"
            )
        return name

    @field_validator("source")
    @classmethod
    def _source_is_of_sane_length(cls, source: str, info: ValidationInfo) -> str:
        if len(source) > LONGEST_SOURCE and info.context is not STORED:
            raise ValueError(f"expected at most {LONGEST_SOURCE} characters, found {len(source)}")
        return source

    @model_validator(mode="after")
    def _function_is_there(self, info: ValidationInfo) -> Tool:
        if info.context is not STORED:
            _ = self.signature
            require_tool(self.source, self.function)
        return self

    @cached_property
    def signature(self) -> Signature:
        """The parameters, signature text and docstring of `function`."""
        return read_signature(self.source, self.function)

    @cached_property
    def version(self) -> str:
        """The SHA-256 of everything but the status: two tools of one version are the same tool."""
        return hashlib.sha256(self.body().encode()).hexdigest()

    def body(self) -> str:
        """Returns everything but the status as canonical JSON.

        Fields that came later are left out where they say nothing, so that a tool stored before them keeps
        its version.
        """
        silent = {name for name, usual in _LATER_FIELDS.items() if getattr(self, name) == usual}
        fields = self.model_dump(mode="json", exclude={"status", *silent})
        return json.dumps(fields, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def changed(tool: Tool, **fields: Any) -> Tool:  # noqa: ANN401 - whatever the fields hold
    """Returns the tool with other fields: `model_copy` would keep the version of before."""
    return Tool.model_validate({**tool.model_dump(), **fields}, context=STORED)
