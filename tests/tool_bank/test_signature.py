from __future__ import annotations

import pytest

from tool_bank.signature import Parameter, read_signature


def test_parameters_are_read_with_annotations_defaults_and_documentation() -> None:
    source = 'def f(a: int, b: "str" = "x", *, c, d: float = 1.0) -> bool:\n    """Does it."""\n'
    signature = read_signature(source, "f")
    assert signature.parameters == (
        Parameter("a", "int", required=True),
        Parameter("b", "'str'", required=False),
        Parameter("c", None, required=True),
        Parameter("d", "float", required=False),
    )
    assert signature.documentation == "Does it."


@pytest.mark.parametrize(
    "annotation", ["np.ndarray", "numpy.ndarray", "NDArray[np.float64]", "np.ndarray | None"]
)
def test_an_array_is_known_by_its_annotation(annotation: str) -> None:
    first, second = read_signature(f"def f(x: {annotation}, y: list): ...", "f").parameters
    assert first.is_array
    assert not second.is_array


@pytest.mark.parametrize("parameters", ["a, /, b", "*numbers", "**options"])
def test_parameters_that_no_caller_can_name_are_refused(parameters: str) -> None:
    with pytest.raises(ValueError, match="expected parameters that a caller can name"):
        read_signature(f"def f({parameters}): ...", "f")


def test_of_two_definitions_the_last_counts_and_inner_ones_do_not() -> None:
    source = "def f(a): ...\n\n\ndef f(b):\n    def g(): ...\n"
    assert [parameter.name for parameter in read_signature(source, "f").parameters] == ["b"]
    with pytest.raises(ValueError, match="function 'g'"):
        read_signature(source, "g")
