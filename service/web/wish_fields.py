"""The fields of a request as they come in, by HTTP or by the socket; their meaning is checked further in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from agent.requests.request_form import (
    LONGEST_ENTRY,
    LONGEST_NAME,
    LONGEST_OBJECTIVE,
    LONGEST_PATH,
    MOST_ENTRIES,
)
from agent.requests.request_store import LONGEST_ANSWER
from service.web.problems import Refused

RequestId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="Id of a request.")
]
Objective = Annotated[
    str, Field(max_length=LONGEST_OBJECTIVE, description="What is to be reached, in words.")
]
Requirements = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_ENTRY)]],
    Field(
        max_length=MOST_ENTRIES,
        description="What must be true of the result: expressions of `answer`, or words.",
    ),
]
Constraints = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_ENTRY)]],
    Field(max_length=MOST_ENTRIES, description="What the work must keep to, such as 'at most 5 steps'."),
]
Paths = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_PATH)]],
    Field(
        max_length=MOST_ENTRIES, description="Absolute paths, on the server's machine, of files or folders."
    ),
]
User = Annotated[str, Field(max_length=LONGEST_NAME, description="Whose preferences count.")]
AnswerText = Annotated[str, Field(max_length=LONGEST_ANSWER, description="The answer.")]
QuestionId = Annotated[
    str, Field(max_length=200, description="Id of the question that is meant; the open one without it.")
]
_LONGEST_DESCRIPTION = 20_000


class Strict(BaseModel):
    """Nothing beside what is named, and nothing turned into what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True)


class OrderedTool(Strict):
    """A tool that is to be made: what the request's answer will be."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    description: Annotated[str, Field(max_length=_LONGEST_DESCRIPTION)]
    examples: Annotated[list[str], Field(max_length=MOST_ENTRIES)] = []
    signature: Annotated[str, Field(max_length=LONGEST_ENTRY)] | None = None


class WishFields(Strict):
    """What is wanted."""

    objective: Objective
    requirements: Requirements = []
    constraints: Constraints = []
    documents: Paths = []
    user: User = "user"
    tool: OrderedTool | None = None

    def fields(self) -> dict[str, Any]:
        """Returns them as `agent.requests.request_form` reads them."""
        return self.model_dump(include=set(WishFields.model_fields))


class WishChanges(Strict):
    """What is wanted from now on instead; what is left out, or null, stays as it is."""

    objective: Objective | None = None
    requirements: Requirements | None = None
    constraints: Constraints | None = None
    documents: Paths | None = None
    user: User | None = None
    tool: OrderedTool | None = None

    def changes(self) -> dict[str, Any]:
        """Returns the fields that change; raises `Refused` where none does."""
        changes = self.model_dump(include=set(WishChanges.model_fields), exclude_none=True)
        if not changes:
            names = ", ".join(WishChanges.model_fields)
            raise Refused(f"update: expected one or more of the fields {names}, found none")
        return changes
