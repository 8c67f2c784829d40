"""Drafts: whatever a model writes becomes one function under the tool's name, or a defect with its reason."""

from funsearch.drafts import Drafter, read_draft
from language_models.scripted import ScriptedBackend
from programs import ToolSpecification

WANTED = ToolSpecification(
    "double",
    "Doubles a whole number, negative ones too.",
    "(number: int) -> int",
    ["f(2) == 4"],
    precondition="number < 100",
)


def test_a_module_becomes_one_function_with_its_helpers_inside():
    draft = read_draft(
        "Sure!\n```python\nimport math\n\ndef twice(x):\n    return math.trunc(x) * 2\n\n"
        "def double(number: int) -> int:\n    return twice(number)\n\nprint(double(3))\n```\nDone.",
        WANTED,
    )
    namespace = {}
    exec(draft.function.source, namespace)
    assert namespace["double"](21) == 42
    assert draft.function.name == "double"
    assert "print" not in draft.function.source


def test_a_reply_that_was_cut_off_after_the_function_is_still_read():
    draft = read_draft("```python\ndef double(number):\n    return number * 2\n\nassert double(2) ==", WANTED)
    assert draft.function.source.startswith("def double(number)")


def test_a_reply_without_the_function_is_a_defect_that_says_so():
    draft = read_draft("```python\ndef triple(number):\n    return 3 * number\n```", WANTED)
    assert draft.function is None
    assert "double" in draft.defect


def test_the_question_shows_signature_description_and_examples_no_precondition_and_seeds_differ():
    backend = ScriptedBackend(["```python\ndef double(number):\n    return number * 2\n```"])
    drafter = Drafter(backend, WANTED, seed=3)
    first, second = drafter.draft(2), drafter.mend(drafter.draft(1)[0].function, "double(2) returned 3", 1)
    assert [draft.function.name for draft in (*first, *second)] == ["double"] * 3
    question = backend.requests[0].messages[-1].content
    for shown in ("def double(number: int) -> int:", "Doubles a whole number", "f(2) == 4"):
        assert shown in question
    assert "number < 100" not in question
    assert "double(2) returned 3" in backend.requests[-1].messages[-1].content
    assert len({request.seed for request in backend.requests}) == 3
    assert [request.temperature for request in backend.requests] == [0.3, 0.6, 0.9]
    assert drafter.usage.completion_tokens > 0


def test_each_round_of_drafts_asks_for_another_style():
    backend = ScriptedBackend(["```python\ndef double(number):\n    return number * 2\n```"])
    drafter = Drafter(backend, WANTED)
    for _ in range(3):
        drafter.draft(1)
    assert len({request.messages[-1].content for request in backend.requests}) == 3


def test_tools_of_texts_are_asked_for_by_regular_expressions_as_well():
    backend = ScriptedBackend(["```python\ndef shout(text):\n    return text.upper()\n```"])
    drafter = Drafter(backend, ToolSpecification("shout", "Makes a text loud.", "(text: str) -> str"))
    for _ in range(4):
        drafter.draft(1)
    assert sum("regular expressions" in request.messages[-1].content for request in backend.requests) == 1
