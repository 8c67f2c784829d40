"""What tasks are put together from: their own specification, and the figures to stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from funsearch.task import Baseline
from programs import Specification


def own_specification(package: str) -> Specification:
    """Returns the specification in a package's specification.py."""
    return Specification.from_text(
        resources.files(package).joinpath("specification.py").read_text(encoding="utf-8")
    )


def known_figures(figures: Mapping[str, float | None]) -> tuple[Baseline, ...]:
    """Returns the training figures that are known, by their names."""
    return tuple(Baseline(name, float(score), None) for name, score in figures.items() if score is not None)
