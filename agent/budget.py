"""What a request may use, and what it has used."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, fields

from agent.errors import BudgetExhausted
from language_models import Usage


@dataclass(frozen=True)
class Budget:
    """What one request may use; None leaves a thing without limit.

    Attributes:
        steps: Calls of tools and emulated functions.
        tokens: Read and written by models.
        seconds: Of work; time in which the user is waited for does not count.
        money: For models, in the currency of the prices.
        price_read: Of a million tokens read.
        price_written: Of a million tokens written.
    """

    steps: int | None = 200
    tokens: int | None = 100_000
    seconds: float | None = 1800.0
    money: float | None = None
    price_read: float = 0.0
    price_written: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            is_price = field.name.startswith("price")
            least = "a finite number, " + ("0 or more" if is_price else "more than 0")
            if value is not None and not (math.isfinite(value) and (value > 0 or (is_price and value == 0))):
                raise ValueError(f"Budget({field.name}={value!r}): expected {least}, found {value!r}")
        if self.money is not None and not (self.price_read or self.price_written):
            raise ValueError(f"Budget(money={self.money!r}): expected prices as well, found none")


class Meter:
    """Counts what a request uses, its earlier lives included, and ends it when that is too much."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self.steps = 0
        self.usage = Usage()
        self.seconds = 0.0

    def add(self, *, steps: int = 0, usage: Usage | None = None, seconds: float = 0.0) -> None:
        """Counts something that was done."""
        with self._lock:
            self.steps += steps
            self.usage += usage or Usage()
            self.seconds += seconds

    @property
    def tokens(self) -> int:
        """Tokens read and written so far."""
        return self.usage.prompt_tokens + self.usage.completion_tokens

    @property
    def money(self) -> float:
        """What they cost."""
        budget, usage = self._budget, self.usage
        return (
            usage.prompt_tokens * budget.price_read + usage.completion_tokens * budget.price_written
        ) / 1e6

    def check(self) -> None:
        """Raises `BudgetExhausted` where something is used up; steps are counted before they are taken."""
        for name in ("steps", "tokens", "seconds", "money"):
            most, used = getattr(self._budget, name), getattr(self, name)
            if most is not None and (used > most or (used == most and name != "steps")):
                raise BudgetExhausted(f"{name}: expected at most {most:g}, used {used:g}")
