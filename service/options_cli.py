"""Options that several commands share, and what their texts mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from service import completion_cli
from service.errors import UsageError

if TYPE_CHECKING:
    from funsearch.config import Budget, TokenPrices

DEFAULT_MINUTES = 5.0

TaskName = Annotated[
    str,
    typer.Argument(
        help="A task of the project, a specification file or a folder.", autocompletion=completion_cli.tasks
    ),
]
RunDirectory = Annotated[
    Path, typer.Argument(help="Directory of the run.", autocompletion=completion_cli.runs)
]
Backend = Annotated[
    str,
    typer.Option(
        help="auto, docker, docker-runsc or bubblewrap.",
        envvar="FUNSEARCH_SANDBOX",
        autocompletion=completion_cli.backends,
    ),
]
Minutes = Annotated[float | None, typer.Option(help="Wall time to spend.")]
Evaluations = Annotated[int | None, typer.Option(help="Evaluations to spend.")]
Tokens = Annotated[int | None, typer.Option(help="Tokens of language models to spend.")]
Money = Annotated[float | None, typer.Option(help="Cost of tokens to spend, in the currency of --price.")]
TargetScore = Annotated[float | None, typer.Option(help="Stop at this training score; higher is better.")]
Stagnation = Annotated[
    int | None, typer.Option(help="Stop after so many evaluations without a new best program.")
]
Address = Annotated[
    str | None, typer.Option(help="Address of a running Ray cluster.", envvar="FUNSEARCH_ADDRESS")
]
Samplers = Annotated[str | None, typer.Option(help="Comma-separated: mutation, embedded, openai.")]
Evaluators = Annotated[int | None, typer.Option(min=1, help="Evaluator processes; one per core.")]
Inputs = Annotated[str | None, typer.Option(help="JSON list: inputs of a specification's run function.")]


def names_in(text: str) -> tuple[str, ...]:
    """Returns the names of a comma-separated list."""
    return tuple(name.strip() for name in text.split(","))


def budget_of(**limits: Any) -> Budget:  # noqa: ANN401 - fields of Budget
    """Returns the budget asked for; where nothing ends a run for sure, the default minutes do."""
    from funsearch.config import Budget

    given = {name: value for name, value in limits.items() if value is not None}
    if not given.keys() - {"target_score", "stagnation"}:
        given["minutes"] = DEFAULT_MINUTES
    return Budget(**given)


def screen_of(text: str) -> tuple[int, float]:
    """Returns how many inputs come first, and the score on them that lets a program go on."""
    first, _, at_least = text.partition(":")
    try:
        return int(first), float(at_least)
    except ValueError as error:
        raise UsageError(
            f"--screen: expected how many inputs and the score they need, such as '2:10.5', found {text!r}"
        ) from error


def prices_of(text: str) -> TokenPrices:
    """Returns the prices of tokens read and written."""
    from funsearch.config import TokenPrices

    try:
        prompt, completion = map(float, text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--price: expected two numbers per million tokens such as '0.15,0.60', found {text!r}"
        ) from error
    return TokenPrices(prompt, completion)


def json_list(text: str) -> list[Any]:
    """Returns the inputs of a specification's run function."""
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise UsageError(f"--inputs: expected a JSON list such as '[8]', found {text!r}: {error}") from error
    if not isinstance(values, list):
        raise UsageError(f"--inputs: expected a JSON list such as '[8]', found {text!r}")
    return values


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def backend_of(name: str) -> Any:  # noqa: ANN401 - narrowed to the literal here
    """Returns the name of a sandbox's backend, if it is one."""
    from sandbox.opening import BackendName

    names = get_args(BackendName)
    if name not in names:
        raise UsageError(f"--sandbox: expected one of {', '.join(names)}, found {name!r}")
    return name
