"""What prime_factors must answer."""

import random


def prime_factors(number: int) -> list[int]:
    """Returns the primes whose product is the number."""
    factors = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return [*factors, number] if number > 1 else factors


_rng = random.Random(0)
_NUMBERS = [
    2, 3, 4, 5, 6, 8, 9, 10, 15, 16, 25, 27, 49, 64, 77, 91, 100, 121, 128, 169, 210, 360, 9409, 1024, 7919,
    30030, 524288, 531441, 510510, 720720, 999983, 994009, 1000000, 999999,
]  # fmt: skip
INPUTS: list[tuple[int]] = [
    *[(number,) for number in _NUMBERS],
    *[(number,) for number in _rng.sample(range(400, 7000), 15)],
    *[(number,) for number in _rng.sample(range(10001, 500000), 20)],
]
