"""Specifications of tools in files: what is right is read, what is wrong is refused by the name of its field."""

import dataclasses
import re

import pytest

from funsearch.tool_files import _FIELDS, load
from programs import ToolSpecification, ToolSpecificationError

WHOLE = """
name = "seconds"
description = "Turn a duration into seconds"
signature = "(text: str) -> int"
examples = ["f('1h') == 3600"]
precondition = "text != ''"
requests = ["How long is 2h?"]
imports = ["re"]
any_order = true
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "tool.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_file_with_all_fields_is_the_specification_that_they_make(file):
    assert load(file(WHOLE)) == ToolSpecification(
        name="seconds",
        description="Turn a duration into seconds",
        signature="(text: str) -> int",
        examples=("f('1h') == 3600",),
        precondition="text != ''",
        requests=("How long is 2h?",),
        imports=("re",),
        any_order=True,
    )


def test_a_name_and_a_description_are_enough(file):
    assert load(str(file('name = "f"\ndescription = "Does it"'))) == ToolSpecification("f", "Does it")


def test_a_file_may_have_the_fields_of_a_specification_and_no_others():
    assert list(_FIELDS) == [field.name for field in dataclasses.fields(ToolSpecification)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("examples =", "exampels ="), "unknown field 'exampels'; did you mean examples?"),
        (("imports =", "[tool]\nimports ="), "unknown field 'tool'; expected name, description, signature"),
        (('name = "seconds"', ""), "name: missing"),
        (('description = "Turn a duration into seconds"', ""), "description: missing"),
        (
            ("examples = [\"f('1h') == 3600\"]", "examples = \"f('1h') == 3600\""),
            "examples: expected list[str]",
        ),
        (('name = "seconds"', "name = 7"), "name: expected str, found 7"),
        (('requests = ["How long is 2h?"]', "requests = [2]"), "requests: expected list[str], found [2]"),
        (("any_order = true", "any_order = 1"), "any_order: expected bool, found 1"),
        (('name = "seconds"', 'name = "two words"'), "name: expected a Python identifier"),
        (("== 3600", "== '3600'"), "expected a result that fits (text: str) -> int"),
        (('name = "seconds"', "name = seconds"), "Invalid value (at line 2"),
    ],
)
def test_what_is_wrong_is_refused_with_the_file_and_the_field(file, change, why):
    assert change[0] in WHOLE
    path = file(WHOLE.replace(*change))
    with pytest.raises(ToolSpecificationError, match=re.escape(why)) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ToolSpecificationError, match=r"none\.toml: expected a TOML file: No such file"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "tool.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ToolSpecificationError, match="utf-8"):
        load(path)
