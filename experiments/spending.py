"""What a number of candidates cost, for the benchmarks that set engines side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """What candidates cost, all in seconds; a short run taken from a long one leaves the start out."""

    candidates: int
    wall: float
    cpu: float

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.candidates - other.candidates, self.wall - other.wall, self.cpu - other.cpu)

    @property
    def per_second(self) -> float:
        """Candidates a second of wall time."""
        return self.candidates / self.wall

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time per candidate."""
        return 1e3 * self.cpu / self.candidates
