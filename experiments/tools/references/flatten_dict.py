"""What flatten_dict must answer."""

import random
from typing import Any


def flatten_dict(nested: dict[str, Any]) -> dict[str, Any]:
    """Returns one level, with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, dict) and value:
            flat |= {f"{key}.{inner}": leaf for inner, leaf in flatten_dict(value).items()}
        else:
            flat[key] = value
    return flat


def _nested(depth: int) -> dict[str, Any]:
    leaves: tuple[object, ...] = (0, 1, "x", "yz", None, [], [1, 2], {}, True, [{"k": 1}])
    return {
        key: _nested(depth - 1) if depth and _rng.random() < 0.6 else _rng.choice(leaves)
        for key in _rng.sample("abcde", _rng.randint(1, 3))
    }


_rng = random.Random(0)
_EDGES: list[tuple[object]] = [
    ({"a": 1},), ({"a": None},), ({"a": {"b": {}}},), ({"a": {"b": {"c": {"d": 1}}}},), ({"a": []},),
    ({"a": {"b": 1}, "b": {"a": 1}},), ({"a": {"b": []}},), ({"a": [[{"b": {"c": 1}}]]},),
    ({"a b": {"c d": "x"}},), ({"server": {"host": "local", "port": 80}, "debug": False},),
    ({"a": {}, "b": {}},), ({"a": {"x": {}, "y": 1}},),
]  # fmt: skip
INPUTS: list[tuple[object]] = [
    *_EDGES,
    *[({"n": number, **_nested(2)},) for number in range(25)],
    *[({"m": {"n": number, **_nested(3)}},) for number in range(25)],
]
