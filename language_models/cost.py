"""What tokens cost, at the price that the user gives: no list of prices is kept here, for they change."""

from __future__ import annotations

import math
from dataclasses import dataclass

from language_models.backend import Usage


@dataclass(frozen=True)
class Price:
    """What a language model costs, in any currency per million tokens.

    Attributes:
        prompt: Tokens read.
        completion: Tokens written.
    """

    prompt: float
    completion: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value < math.inf:
                raise ValueError(
                    f"{type(self).__name__}({name}={value}): expected a finite number of 0 or more"
                )

    def of(self, usage: Usage) -> float:
        """Returns the cost of so much usage."""
        return (self.prompt * usage.prompt_tokens + self.completion * usage.completion_tokens) / 1e6
