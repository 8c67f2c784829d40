"""How often one address may ask: a moving window, by the library `limits`."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

DEFAULT_PER_MINUTE = 12_000


class RateLimit:
    """Counts what each address asks.

    Args:
        per_minute: Most requests in any minute.
    """

    def __init__(self, per_minute: int = DEFAULT_PER_MINUTE) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self.in_words = f"rate: expected at most {per_minute:,} requests a minute; wait, and ask again"

    def admits(self, address: str) -> bool:
        """Tells whether an address may ask once more, and counts that it did."""
        return self._limiter.hit(self._item, address)
