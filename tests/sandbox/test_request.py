"""Misuse is refused before anything runs, with the name, what was expected and what was found."""

import math

import numpy as np
import pytest

from sandbox import Limits, Outcome
from sandbox.request import (
    MAX_SOURCE_BYTES,
    check_limits,
    cpu_of_request,
    encode_calls,
    encode_limits,
    encode_source,
    lasting,
    with_deadline,
)
from sandbox.scripted import ScriptedSandbox

GOOD_SOURCE = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (b"def f(): pass", "source: expected text (str), found bytes"),
        (None, "source: expected text (str), found NoneType"),
        ("x = '\0'", "source: expected no null character, found one at offset 5"),
        ("x = '\ud800'", "source: expected text that UTF-8 can carry"),
        ("#" * (MAX_SOURCE_BYTES + 1), "source: expected at most 1,048,576 bytes, found 1,048,577"),
        ("#" * 10_000_000, "source: expected at most 1,048,576 bytes, found 10,000,000"),
    ],
)
def test_a_source_that_is_no_python_text_is_refused(source, complaint):
    with pytest.raises(ValueError, match=r"^source: ") as refusal:
        encode_source(source)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("function", ["", "f()", "a.b", "1f", None, 3])
def test_a_function_that_is_no_name_is_refused(function):
    with pytest.raises(ValueError, match="function: expected the name of a function"):
        encode_calls(function, [[]])


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ({1, 2}, "a value of type set"),
        (b"x", "a value of type bytes"),
        (object(), "a value of type object"),
        ({1: 2}, "a dictionary key of type int; keys are text"),
        (np.array(["x"]), "an array of dtype <U1"),
        (np.array([object()]), "an array of dtype object"),
        (1j, "a value of type complex"),
    ],
)
def test_an_argument_that_cannot_cross_the_border_is_refused(argument, found):
    with pytest.raises(
        ValueError, match=r"argument_lists\[1\]: expected JSON values and numpy arrays"
    ) as refusal:
        encode_calls("f", [[1], [[argument]]])
    assert found in str(refusal.value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_outside_arrays(number):
    with pytest.raises(ValueError, match="not finite"):
        encode_calls("f", [[number]])
    encode_calls("f", [[np.array([number])]])


def test_a_value_that_contains_itself_is_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        encode_calls("f", [[endless]])


@pytest.mark.parametrize("argument_lists", [None, 5, "ab", {"x": 1}, iter([[1]]), np.zeros((2, 2))])
def test_argument_lists_are_a_list(argument_lists):
    with pytest.raises(ValueError, match=r"argument_lists: expected a list of lists, found \w+"):
        encode_calls("f", argument_lists)


def test_an_integer_too_long_to_write_is_refused():
    with pytest.raises(ValueError, match="at most 4,300 digits"):
        encode_calls("f", [[10**5000]])


@pytest.mark.parametrize("limits", [5.0, {"wall_seconds": 5}, "5"])
def test_limits_are_limits(limits):
    with pytest.raises(ValueError, match=r"limits: expected sandbox\.Limits, found"):
        check_limits(limits)


@pytest.mark.parametrize("argument_lists", [[1], ["ab"], [{"x": 1}], [None]])
def test_argument_lists_are_lists_of_lists(argument_lists):
    with pytest.raises(ValueError, match=r"argument_lists\[0\]: expected a list of arguments"):
        encode_calls("f", argument_lists)


@pytest.mark.parametrize(
    "field",
    [
        "wall_seconds",
        "cpu_seconds",
        "memory_bytes",
        "output_bytes",
        "stdout_bytes",
        "processes",
        "scratch_bytes",
    ],
)
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True, "5"])
def test_limits_are_positive_finite_numbers(field, value):
    with pytest.raises(ValueError, match=rf"Limits\({field}="):
        Limits(**{field: value})


def test_the_cpu_limit_follows_the_wall_limit_unless_given():
    assert encode_limits(Limits(wall_seconds=2.5))["cpu"] == 4
    assert encode_limits(Limits(wall_seconds=2.5, cpu_seconds=9))["cpu"] == 9


def test_a_process_that_lasts_is_bounded_in_each_request_unless_in_all():
    one, lasts, bounded = (
        Limits(wall_seconds=2.5),
        lasting(Limits(wall_seconds=2.5)),
        lasting(Limits(wall_seconds=2.5, cpu_seconds=9)),
    )
    assert [encode_limits(limits)["cpu"] for limits in (one, lasts, bounded)] == [4, 1 << 40, 9]
    assert [cpu_of_request(limits) for limits in (one, lasts, bounded)] == [3.5, 3.5, 9]
    assert cpu_of_request(with_deadline(lasts, 8.0)) == 9.0


def test_the_scripted_session_keeps_deadlines_and_stays_dead():
    late = Outcome("timed_out", error="no answer within 1 s")
    with ScriptedSandbox({GOOD_SOURCE: late}).session(GOOD_SOURCE) as session:
        with pytest.raises(ValueError, match="wall_seconds: expected a positive finite number"):
            session.call("f", 1, wall_seconds=0)
        assert session.call("f", 1, wall_seconds=1.0).error == "timed_out: no answer within 1 s"
    box = ScriptedSandbox(lambda source, function, arguments: arguments[0])
    with box.session(GOOD_SOURCE) as session:
        assert session.call("f", 1, wall_seconds=1.0).value == 1


def test_an_array_that_occurs_again_is_sent_once():
    array = np.arange(1000)
    many = encode_calls("f", [[index, array] for index in range(50)])
    assert len(many.payload) < 2 * array.nbytes
    copies = encode_calls("f", [[index, array.copy()] for index in range(50)])
    assert len(copies.payload) > 50 * array.nbytes


def test_the_scripted_sandbox_refuses_what_a_real_one_refuses():
    box = ScriptedSandbox(lambda source, function, arguments: arguments[0])
    with pytest.raises(ValueError, match="source:"):
        box.call(None, "f", [[1]])
    with pytest.raises(ValueError, match="function:"):
        box.call(GOOD_SOURCE, "f()", [[1]])
    assert box.call(GOOD_SOURCE, "f", [[1]]).results[0].value == 1
