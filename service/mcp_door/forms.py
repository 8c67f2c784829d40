"""What our own tools take and give, as models: their schemas are what clients are told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_FOUND = 50
LONGEST_QUERY = 2_000  # characters

Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Form(BaseModel):
    """What a tool takes or gives."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SearchFor(Form):
    """What to look for."""

    query: Query = Field(description="What the tool should do, in words.")
    k: int = Field(5, ge=1, le=MOST_FOUND, description="How many tools at most.")


class FoundTool(Form):
    """A tool that was found."""

    name: str
    description: str
    signature: str = Field(description="Its parameters and result, as Python.")
    score: float = Field(description="How well it fits; higher is better.")
    version: str = Field(description="SHA-256 of the version.")


class FoundTools(Form):
    """The tools that fit best, the best first."""

    tools: list[FoundTool]


class Describe(Form):
    """Which tool."""

    name: Name = Field(description="Name of a tool of the bank.")


class ExampleCall(Form):
    """A call with its right result."""

    arguments: dict[str, Any]
    result: Any


class ToolCard(Form):
    """What is known of a tool."""

    name: str = Field(description="What to call it by.")
    description: str
    signature: str = Field(description="Its parameters and result, as Python.")
    documentation: str
    parameters: dict[str, Any] = Field(description="JSON schema of its arguments.")
    returns: dict[str, Any] | None = Field(description="JSON schema of its result; null: not known.")
    examples: list[ExampleCall]
    version: str = Field(description="SHA-256 of the version.")
    status: str = Field(description='It is served while this is "active" or "provisional".')
    scores: dict[str, float] = Field(description="Named results of its evaluation.")


class CallOf(Form):
    """A call."""

    name: Name = Field(description="Name of a tool of the bank.")
    arguments: dict[str, Any] = Field(
        default_factory=dict, description="By name, as describe_tool says under `parameters`."
    )


class Called(Form):
    """What a tool returned."""

    result: Any


class ToolWish(Form):
    """A tool that is wanted."""

    description: Text = Field(
        description="What the tool must do: what it takes, what it returns, edge cases."
    )
    name: Name | None = Field(None, description="A Python name for it; left out: made of the description.")
    examples: list[Text] = Field(
        default_factory=list,
        max_length=100,
        description="Calls with their right results, such as \"f('1h') == 3600\".",
    )
    signature: Text | None = Field(
        None, description="Such as '(text: str) -> int'; left out: found from the examples."
    )


class ToolOrdered(Form):
    """A request on file."""

    id: str = Field(description="Ask tool_request_status for it.")
    name: str = Field(description="What the tool will be called.")
    state: str


class OrderId(Form):
    """Which request."""

    id: Name = Field(description="What request_tool gave.")


class AskedBack(Form):
    """What must be answered before the work goes on."""

    id: str
    text: str
    kind: str = Field(description='"consent" is for a person to give.')


class OrderStatus(Form):
    """How a request stands."""

    id: str
    state: str = Field(
        description="NOT_STARTED, IN_PROGRESS, WAITING_FEEDBACK (answer the question), SUCCEEDED, FAILED "
        "or CANCELED."
    )
    name: str = Field(description="The tool that was ordered.")
    question: AskedBack | None
    result: str | None = Field(description="Name of the tool to call, once it is made.")
    summary: str = Field(description="What was done, or why it failed.")
    progress: list[str] = Field(description="What was told of the work last.")
    fault: str = Field(description='Why nothing is worked on now; "": nothing is wrong.')


class OrderAnswer(Form):
    """An answer."""

    id: Name = Field(description="What request_tool gave.")
    answer: Text = Field(description="Answers the open question.")
