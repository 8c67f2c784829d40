"""Values as JSON carries them: tuples and arrays as lists."""

from __future__ import annotations

import math
from typing import Any


def json_form(value: Any, *, strict: bool = False) -> Any:  # noqa: ANN401 - whatever a tool returns
    """Returns a value with lists for its tuples and arrays.

    Args:
        value: What crossed the sandbox's border.
        strict: Infinities and NaN become words, for which strict JSON has no numbers.
    """
    if strict and isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [json_form(entry, strict=strict) for entry in value]
    if isinstance(value, dict):
        return {key: json_form(entry, strict=strict) for key, entry in value.items()}
    return json_form(value.tolist(), strict=strict) if hasattr(value, "tolist") else value
