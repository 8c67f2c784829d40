"""Prices are the user's; costs follow from what the backend counted."""

from __future__ import annotations

import pytest

from language_models import Usage
from language_models.cost import Price


def test_read_and_written_tokens_have_prices_of_their_own_per_million() -> None:
    price = Price(prompt=0.5, completion=2.0)
    assert price.of(Usage(1_000_000, 0)) == 0.5
    assert price.of(Usage(0, 1_000_000)) == 2.0
    assert price.of(Usage(2_000, 500)) == pytest.approx(0.002)
    assert Price(0.0, 0.0).of(Usage(9, 9)) == 0.0


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_a_price_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match=r"Price\(completion=.*expected a finite number of 0 or more"):
        Price(1.0, bad)
