"""Requests with known answers, to measure an agent by; read from a TOML file.

    [[request]]
    name = "two_durations"
    objective = "How many seconds are 2d4h and 1h15m together?"
    expected = 191700
    tolerance = 0.5                        # how far a number may be off
    requirements = ["isinstance(answer, int)"]
    constraints = ["no new tools"]
    document = "..."                       # text that is given as a file

Other keys of a request are left to whoever wrote the file.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agent.errors import RequestRefused
from agent.request import Json


@dataclass(frozen=True)
class Trial:
    """A request and its right answer.

    Attributes:
        name: Of the trial.
        objective: What is asked.
        expected: The right answer, as JSON.
        tolerance: How far a number in it may be off.
        requirements: Of the request.
        constraints: Of the request.
        document: Text that the user gives; "" for none.
    """

    name: str
    objective: str
    expected: Json
    tolerance: float = 0.0
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    document: str = ""

    def is_right(self, value: Json) -> bool:
        """Tells whether an answer is the right one; blanks around a text do not count."""
        return _agree(self.expected, value, self.tolerance)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1)
    objective: str = Field(min_length=1)
    expected: JsonValue
    tolerance: float = Field(default=0.0, ge=0)
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    document: str = ""


class _File(BaseModel):
    request: list[_Entry] = Field(min_length=1)


def read_trials(path: str | Path) -> list[Trial]:
    """Returns the trials of a file.

    Raises:
        RequestRefused: It cannot be read, or an entry is none; the message names it.
    """
    try:
        found = _File.model_validate(tomllib.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise RequestRefused(f"{path}: expected a TOML file: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(f"{path}: expected TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RequestRefused(
            f"{path}: {place}: {first['msg']}; a [[request]] has a name, an objective and what is expected"
        ) from error
    names = [entry.name for entry in found.request]
    if len(set(names)) < len(names):
        raise RequestRefused(f"{path}: expected requests of different names, found {', '.join(names)}")
    return [Trial(**dict(entry)) for entry in found.request]


def _agree(expected: Json, value: Json, tolerance: float) -> bool:
    if isinstance(expected, bool) or isinstance(value, bool):
        return expected is value
    if isinstance(expected, int | float) and isinstance(value, int | float):
        return math.isclose(expected, value, rel_tol=1e-9, abs_tol=tolerance)
    if isinstance(expected, str) and isinstance(value, str):
        return expected.strip() == value.strip()
    if isinstance(expected, list) and isinstance(value, list):
        return len(expected) == len(value) and all(
            _agree(one, other, tolerance) for one, other in zip(expected, value, strict=True)
        )
    if isinstance(expected, Mapping) and isinstance(value, Mapping):
        return expected.keys() == value.keys() and all(
            _agree(expected[key], value[key], tolerance) for key in expected
        )
    return expected is None and value is None
