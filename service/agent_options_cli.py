"""Options of all commands that have the agent work: where its record is, and what a request may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.errors import UsageError
from service.options_cli import prices_of

if TYPE_CHECKING:
    from agent.budget import Budget

Directory = Annotated[Path, typer.Option(help="Directory of the agent's record.", envvar="FUNSEARCH_AGENT")]
Steps = Annotated[int | None, typer.Option(min=1, help="Calls of tools at most.")]
Tokens = Annotated[int | None, typer.Option(min=1, help="Tokens of language models at most.")]
Minutes = Annotated[float | None, typer.Option(help="Minutes of work at most.")]
Money = Annotated[float | None, typer.Option(help="Cost at most, in the currency of --price.")]
Price = Annotated[str | None, typer.Option(help="Price per million tokens, read and written: '0.15,0.60'.")]


def budget_of(
    steps: int | None, tokens: int | None, minutes: float | None, money: float | None, price: str | None
) -> Budget:
    """Returns what a request may use; what is not given has the default."""
    from agent.budget import Budget

    given: dict[str, Any] = {
        "steps": steps, "tokens": tokens, "seconds": minutes and minutes * 60, "money": money,
    }  # fmt: skip
    if price is not None:
        prices = prices_of(price)
        given |= {"price_read": prices.prompt, "price_written": prices.completion}
    try:
        return Budget(**{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        raise UsageError(f"budget: {error}") from error
