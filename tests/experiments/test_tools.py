"""The everyday tools: each specification loads, and its reference agrees with it on every edge it is asked."""

import collections
import importlib
import inspect
import json
from pathlib import Path

import pytest

from experiments.tools import specifications
from programs import ToolSpecificationError
from programs.comparison import answer_key, differ

NAMES = specifications.names()
FEWEST_TOOLS = 28
LAST_BITS = 1e-12  # what the order of a sum or a product may change
each_tool = pytest.mark.parametrize("name", NAMES)


def reference(name):
    return importlib.import_module(f"experiments.tools.references.{name}")


def answers(name):
    module = reference(name)
    return [getattr(module, name)(*arguments) for arguments in module.INPUTS]


def meets(specification, arguments):
    names = [parameter.name for parameter in specification.parsed_signature.parameters]
    text = (specification.precondition or "True").strip()
    return bool(eval(text, dict(zip(names, arguments, strict=True))))


def nudged(value, factor):
    if isinstance(value, list | tuple):
        return type(value)(nudged(entry, factor) for entry in value)
    return value * factor if isinstance(value, float) else value


def test_there_are_enough_tools():
    assert len(NAMES) >= FEWEST_TOOLS


@each_tool
def test_a_specification_is_complete(name):
    found = specifications.specification(name)
    assert found.name == name
    assert found.parsed_signature is not None
    assert 2 <= len(found.examples) <= 5
    assert 2 <= len(found.requests) <= 3


@each_tool
def test_a_reference_stands_where_its_path_says_and_has_the_signature(name):
    module = reference(name)
    assert Path(module.__file__) == specifications.reference_path(name)
    wanted = specifications.specification(name).parsed_signature.parameters
    found = inspect.signature(getattr(module, name)).parameters.values()
    assert [parameter.name for parameter in found] == [parameter.name for parameter in wanted]


@each_tool
def test_a_reference_meets_every_example_within_the_precondition(name):
    specification = specifications.specification(name)
    for example in specification.parsed_examples:
        assert meets(specification, example.arguments), example.text
        answer = getattr(reference(name), name)(*example.arguments)
        assert not differ(example.expected, answer, any_order=specification.any_order), example.text


@each_tool
def test_hidden_inputs_are_many_different_and_within_signature_and_precondition(name):
    specification, inputs = specifications.specification(name), reference(name).INPUTS
    assert 60 <= len(inputs) <= 150
    repeated = [text for text, count in collections.Counter(map(repr, inputs)).items() if count > 1]
    assert not repeated
    for arguments in inputs:
        assert specification.parsed_signature.bind(arguments, {}) == arguments
        assert meets(specification, arguments), arguments


@each_tool
def test_no_hidden_input_is_an_example(name):
    shown = {answer_key(example.arguments) for example in specifications.specification(name).parsed_examples}
    assert not [arguments for arguments in reference(name).INPUTS if answer_key(arguments) in shown]


@each_tool
def test_answers_are_of_the_signatures_type_and_can_be_written_as_json(name):
    returns = specifications.specification(name).parsed_signature.returns
    for answer in answers(name):
        assert returns.accepts(answer), answer
        json.dumps(answer, allow_nan=False)


@each_tool
def test_no_answer_hangs_on_the_last_bits_of_a_float(name):
    for answer in answers(name):
        assert not differ(answer, nudged(answer, 1 + LAST_BITS)), answer
        assert not differ(answer, nudged(answer, 1 - LAST_BITS)), answer


def test_last_bits_can_decide_an_answer():
    assert differ([500000.5], nudged([500000.5], 1 + LAST_BITS))


@each_tool
def test_no_constant_answers_most_hidden_inputs(name):
    [(_, commonest)] = collections.Counter(map(answer_key, answers(name))).most_common(1)
    assert commonest <= 0.7 * len(answers(name))


@each_tool
def test_a_reference_leaves_its_arguments_as_they_were(name):
    before = repr(reference(name).INPUTS)
    answers(name)
    assert repr(reference(name).INPUTS) == before


def test_references_are_those_of_the_tools_alone():
    folder = specifications.reference_path(NAMES[0]).parent
    assert sorted(path.stem for path in folder.glob("*.py")) == ["__init__", *NAMES]


def test_a_tool_that_is_not_there_is_refused_by_name():
    for ask in (specifications.specification, specifications.reference_path):
        with pytest.raises(ToolSpecificationError, match=r"tool 'durations': expected one of add_workdays, "):
            ask("durations")
