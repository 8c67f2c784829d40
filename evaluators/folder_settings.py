"""What a folder's config.yaml says of its evaluation: OpenEvolve's settings, as far as they count here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

# OpenEvolve's own defaults, for folders that say nothing.
_TIMEOUT = 300.0
_THRESHOLDS = (0.5, 0.75, 0.9)

_WANTED = {
    "timeout": "a number above 0",
    "cascade_evaluation": "true or false",
    "cascade_thresholds": "numbers such as [0.5, 0.75]",
    "feature_dimensions": "names of metrics",
}


class FolderError(ValueError):
    """A folder that is no task; the message says which file, what was expected and what was found."""


class _Evaluator(BaseModel):
    timeout: float = Field(default=_TIMEOUT, gt=0, lt=1e9)
    cascade_evaluation: bool = True
    cascade_thresholds: tuple[float, ...] = _THRESHOLDS


class _Database(BaseModel):
    feature_dimensions: tuple[str, ...] = ()


def _without_nulls(section: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Returns a section without the settings that were left empty, which have their defaults."""
    if not isinstance(section, dict):
        return {} if section is None else section
    return {name: value for name, value in section.items() if value is not None}


class _Settings(BaseModel):
    evaluator: Annotated[_Evaluator, BeforeValidator(_without_nulls)] = _Evaluator()
    database: Annotated[_Database, BeforeValidator(_without_nulls)] = _Database()


@dataclass(frozen=True)
class FolderSettings:
    """How a folder's evaluator is to be run.

    Attributes:
        timeout: Seconds that one stage, or the whole of `evaluate`, may take.
        has_cascade: Whether an evaluator that has stages is run stage by stage.
        thresholds: Score that a program needs after stage 1, 2, ... to enter the next one.
        feature_dimensions: Metrics that describe a program and do not count in its score.
    """

    timeout: float = _TIMEOUT
    has_cascade: bool = True
    thresholds: tuple[float, ...] = _THRESHOLDS
    feature_dimensions: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> FolderSettings:
        """Returns the settings in a config.yaml; whatever else stands there is not looked at.

        Raises:
            FolderError: The text is no YAML, or one of the settings has no value of its kind.
        """
        try:
            settings = _Settings.model_validate(yaml.safe_load(text) or {})
        except yaml.YAMLError as error:
            raise FolderError(f"config.yaml: expected YAML, found {' '.join(str(error).split())}") from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = [str(part) for part in first["loc"][:2]] or ["the file"]
            wanted = _WANTED.get(place[-1], "a section of settings")
            found = f"expected {wanted}, found {first['input']!r:.80}"
            raise FolderError(f"config.yaml: {'.'.join(place)}: {found}") from error
        return cls(
            timeout=settings.evaluator.timeout,
            has_cascade=settings.evaluator.cascade_evaluation,
            thresholds=settings.evaluator.cascade_thresholds,
            feature_dimensions=settings.database.feature_dimensions,
        )
