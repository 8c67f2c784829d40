"""What a folder's config.yaml says of its evaluation: OpenEvolve's settings, as far as they count here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# OpenEvolve's own defaults, for folders that say nothing.
_TIMEOUT = 300.0
_THRESHOLDS = (0.5, 0.75, 0.9)
_COMMENT = re.compile(r"(^|\s)#.*$")
_SETTING = re.compile(r"\s*([\w-]+):\s*(.*)")


class FolderError(ValueError):
    """A folder that is no task; the message says which file, what was expected and what was found."""


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
            FolderError: One of them has no value of its kind.
        """
        evaluator = dict(_section(text, "evaluator"))
        database = dict(_section(text, "database"))
        default = cls()
        return cls(
            timeout=_number("timeout", evaluator.get("timeout"), default.timeout),
            has_cascade=_flag("cascade_evaluation", evaluator.get("cascade_evaluation")),
            thresholds=_numbers("cascade_thresholds", evaluator.get("cascade_thresholds")),
            feature_dimensions=tuple(_words(database.get("feature_dimensions") or "")),
        )


def _section(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yields the settings of a top-level section with their values; a list comes on one line."""
    key, value, depth = "", "", 0
    for line in _lines_of_section(text, name):
        indentation = len(line) - len(line.lstrip())
        depth = depth or indentation
        setting = _SETTING.fullmatch(line) if indentation == depth else None
        if setting is None:  # an item of the list, or the rest of it
            value = f"{value} {line.strip().removeprefix('- ')},"
            continue
        if key:
            yield key, value
        key, value = setting[1], setting[2]
    if key:
        yield key, value


def _lines_of_section(text: str, name: str) -> Iterator[str]:
    is_inside = False
    for line in filter(None, (_COMMENT.sub("", line).rstrip() for line in text.splitlines())):
        if not line[0].isspace():
            is_inside = line == f"{name}:"
        elif is_inside:
            yield line


def _number(name: str, text: str | None, default: float) -> float:
    if text in (None, "", "null", "~"):
        return default
    try:
        number = float(text or "")
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise FolderError(f"config.yaml: evaluator.{name}: expected a number above 0, found {text!r}")
    return number


def _flag(name: str, text: str | None) -> bool:
    if text is None or text.lower() in ("true", "yes", "on", ""):
        return True
    if text.lower() in ("false", "no", "off"):
        return False
    raise FolderError(f"config.yaml: evaluator.{name}: expected true or false, found {text!r}")


def _numbers(name: str, text: str | None) -> tuple[float, ...]:
    if text is None:
        return _THRESHOLDS
    try:
        return tuple(map(float, _words(text)))
    except ValueError:
        raise FolderError(
            f"config.yaml: evaluator.{name}: expected numbers such as [0.5, 0.75], found {text!r}"
        ) from None


def _words(text: str) -> list[str]:
    words = (word.strip(" \"'") for word in text.replace("[", " ").replace("]", " ").split(","))
    return [word for word in words if word]
