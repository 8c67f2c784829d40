"""Scoping: the most useful signature that the examples fit, for the least price."""

import json

import pytest

from funsearch.exceptions import CreationError
from funsearch.scoping import interface_cost, read_scopes, scoped
from language_models import ModelRequestFailed
from language_models.scripted import ScriptedBackend
from programs import ToolSpecification
from programs.tool_signature import ToolSignature

OLDEST = ToolSpecification(
    "oldest_bank", "Finds the oldest bank in a list of names and years.", examples=["f([['A', 1900]]) == 'A'"]
)
SPECIAL = {
    "signature": "(banks: list[list]) -> str",
    "requests": [{"request": "oldest bank", "arguments": {"banks": []}}],
}
GENERAL = {
    "signature": "(rows: list[list], largest: bool = False) -> str",
    "requests": [
        {"request": "oldest bank", "arguments": {"rows": []}},
        {"request": "tallest tower", "arguments": {"rows": [], "largest": True}},
    ],
}
UNFIT = {"signature": "(text: str) -> str", "requests": [{"request": "any", "arguments": {"text": ""}}]}
UNBOUND = {
    "signature": "(banks: list[list]) -> str",
    "requests": [{"request": "x", "arguments": {"towers": []}}],
}
PROGRAM = {"signature": "(code: Any) -> str", "requests": [{"request": "all", "arguments": {"code": "run"}}]}


def proposing(*proposals):
    return ScriptedBackend([f"Here they are: {json.dumps(proposals)} I hope they help."])


def test_a_signature_that_is_given_stays():
    given = ToolSpecification("double", "Doubles a number.", "(number: int) -> int")
    assert scoped(given, proposing(SPECIAL)) is given


def test_the_general_signature_is_chosen_only_where_its_requests_bind():
    assert scoped(OLDEST, proposing(UNBOUND, GENERAL)).signature == GENERAL["signature"]
    assert scoped(OLDEST, proposing(SPECIAL, UNBOUND)).signature == SPECIAL["signature"]


def test_requests_that_bind_come_along_unless_the_user_gave_some():
    assert scoped(OLDEST, proposing(GENERAL)).requests == ("oldest bank", "tallest tower")


def test_what_the_examples_do_not_fit_is_no_proposal():
    assert [scope.specification.signature for scope in read_scopes(json.dumps([UNFIT, SPECIAL]), OLDEST)] == [
        SPECIAL["signature"]
    ]


def test_a_parameter_that_is_a_program_costs_more_than_it_serves():
    assert scoped(OLDEST, proposing(PROGRAM, SPECIAL)).signature == SPECIAL["signature"]
    assert (
        interface_cost(ToolSignature.from_text("(code: str)"))
        > 1
        > interface_cost(ToolSignature.from_text("(text: str, sep: str)"))
    )


@pytest.mark.parametrize("reply", ["I cannot.", "[", "[1, 2]", '[{"signature": 3}]', '[{"requests": "x"}]'])
def test_without_a_usable_proposal_the_examples_tell_the_types(reply):
    wanted = ToolSpecification("join", "Joins texts with a separator.", examples=["f(['a'], '-') == 'a'"])
    found = scoped(wanted, ScriptedBackend([reply]))
    assert found.signature == "(values: list[str], text: str) -> str"


def test_a_model_that_fails_is_as_good_as_none():
    def fail(request):
        raise ModelRequestFailed("it is out")

    wanted = ToolSpecification("join", "Joins two texts.", examples=["f('a', 'b') == 'ab'"])
    assert scoped(wanted, ScriptedBackend(fail)).signature == "(text1: str, text2: str) -> str"


def test_without_signature_examples_and_model_nothing_can_be_known():
    with pytest.raises(CreationError, match="expected a --signature"):
        scoped(ToolSpecification("join", "Joins two texts."), None)
