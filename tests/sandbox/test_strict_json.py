"""The trusted decoder refuses all that JSON leaves open, and says why."""

import numpy as np
import pytest

from sandbox import strict_json
from sandbox.strict_json import Refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[NaN]", "NaN is not a finite number"),
        (b"[Infinity]", "Infinity is not a finite number"),
        (b"[-Infinity]", "-Infinity is not a finite number"),
        (b"[1e999]", "inf is not a finite number"),
        (b'{"a": 1, "a": 2}', "an object with the same key twice"),
        (b'["\\ud800"]', "text with a lone surrogate"),
        (b'{"\\udfff": 1}', "text with a lone surrogate"),
        (b'["\xff"]', "no valid JSON"),
        (b"[1", "no valid JSON"),
        (b"", "no valid JSON"),
        (b"[1] [2]", "no valid JSON"),
        (b"[" * 100 + b"]" * 100, "nested deeper than 68 levels"),
        (b"[" * 100_000, "nested deeper than 68 levels"),
        (b'{"a":' * 100_000, "nested deeper than 68 levels"),
        (b"[1" + b"0" * 400 + b"]", "an integer of 1329 bits, more than the 1024 allowed"),
        (b"[1" + b"0" * 10_000 + b"]", "no valid JSON"),
        (b"[" + b"0," * 1_000_000 + b"0]", "more than 1,000,000 values"),
    ],
)
def test_what_json_leaves_open_is_refused(text, reason):
    with pytest.raises(Refused) as refusal:
        strict_json.parse(text)
    assert reason in str(refusal.value)


def test_what_is_well_formed_passes():
    text = '{"a": [1, -2.5e300, true, null, "é\\ud83d\\ude00"], "b": {"c": []}}'
    value = {"a": [1, -2.5e300, True, None, "é\U0001f600"], "b": {"c": []}}
    assert strict_json.parse(text.encode()) == value
    assert strict_json.parse(b"[" * 60 + b"]" * 60)


@pytest.mark.parametrize(
    ("value", "types", "body"),
    [
        ({"$array": 0}, [["<i8", [2]]], bytes(15)),
        ({"$array": 0}, [["<i8", [2]]], bytes(17)),
        ({"$array": 0}, [["<i8", [-1]]], b""),
        ({"$array": 0}, [["<i8", [2**62, 4]]], b""),
        ({"$array": 0}, [["<i8", [0, 2**39, 2**39]]], b""),
        ({"$array": 0}, [["|b1", [2]]], b"\1\2"),
        ({"$array": 0}, [["<i8", [True]]], bytes(8)),
        ({"$array": 0}, [["<i8", ["2"]]], bytes(16)),
        ({"$array": 0}, [["<i8", [1] * 40]], bytes(8)),
        ({"$array": 0}, [["O", [1]]], bytes(8)),
        ({"$array": 0}, [["<c16", [1]]], bytes(16)),
        ({"$array": 0}, ["<i8"], bytes(8)),
        ({"$array": 0}, {"0": 1}, b""),
        ({"$array": 1}, [["<i8", [1]]], bytes(8)),
        ({"$array": -1}, [["<i8", [1]]], bytes(8)),
        ({"$array": True}, [["<i8", [1]]], bytes(8)),
        ({"$array": 0.0}, [["<i8", [1]]], bytes(8)),
        ({"$array": [0]}, [["<i8", [1]]], bytes(8)),
        ({"$array": 0, "x": 1}, [["<i8", [1]]], bytes(8)),
        ([{"$array": 0}, {"$array": 0}], [["<i8", [1]]], bytes(8)),
        ([], [["<i8", [1]]], bytes(8)),
        ({"$object": 1}, [], b""),
        ({"$object": {}, "x": 1}, [], b""),
        ({"$other": 1}, [], b""),
    ],
)
def test_an_array_that_is_not_exactly_what_was_sent_is_refused(value, types, body):
    with pytest.raises(Refused):
        strict_json.decode(value, types, memoryview(body))


def test_arrays_that_match_pass_with_nan_inside():
    body = np.array([np.nan, np.inf]).tobytes() + np.array([[7]], dtype="int16").tobytes()
    value = [{"x": {"$array": 0}}, {"$object": {"$array": {"$array": 1}}}]
    first, second = strict_json.decode(value, [["<f8", [2]], ["<i2", [1, 1]]], memoryview(body))
    np.testing.assert_array_equal(first["x"], [np.nan, np.inf])
    assert second["$array"].tolist() == [[7]]
    first["x"][0] = 0  # its own, writable copy
