"""Drafts: whatever a model writes becomes one function under the tool's name, or a defect with its reason."""

import pytest

from funsearch.drafts import Drafter, read_draft
from language_models import CompletionRequest, ModelRequestFailed, ModelUnavailable
from language_models.scripted import ScriptedBackend
from programs import ToolSpecification

WANTED = ToolSpecification(
    "double",
    "Doubles a whole number, negative ones too.",
    "(number: int) -> int",
    ["f(2) == 4"],
    precondition="number < 100",
)
DOUBLE = "```python\ndef double(number):\n    return number * 2\n```"


class Chatting:
    """A backend that cannot continue text."""

    name = "chatting"

    def __init__(self, answers):
        self._scripted = ScriptedBackend(answers)
        self.requests = self._scripted.requests

    def chat(self, request):
        return self._scripted.chat(request)


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
    backend = ScriptedBackend([DOUBLE])
    drafter = Drafter(backend, WANTED, seed=3)
    first, second = drafter.draft(2), drafter.mend(drafter.draft(1)[0].function, "double(2) returned 3", 1)
    assert [draft.function.name for draft in (*first, *second)] == ["double"] * 3
    asked, continued, mended = backend.requests
    for shown in ("def double(number: int) -> int:", "Doubles a whole number", "f(2) == 4"):
        assert shown in asked.messages[-1].content
        assert shown in continued.prompt
    assert "number < 100" not in asked.messages[-1].content + continued.prompt
    assert "double(2) returned 3" in mended.messages[-1].content
    assert len({request.seed for request in backend.requests}) == 3
    assert drafter.usage.completion_tokens > 0


def test_each_conversation_asks_for_another_style_and_another_temperature():
    backend = Chatting([DOUBLE])
    drafter = Drafter(backend, WANTED)
    for _ in range(3):
        drafter.draft(1)
    assert len({request.messages[-1].content for request in backend.requests}) == 3
    assert [request.temperature for request in backend.requests] == [0.3, 0.6, 0.9]


def test_tools_of_texts_are_asked_for_by_regular_expressions_as_well():
    shout = ToolSpecification("shout", "Makes a text loud.", "(text: str) -> str")
    backend = Chatting(["```python\ndef shout(text):\n    return text.upper()\n```"])
    drafter = Drafter(backend, shout)
    for _ in range(4):
        drafter.draft(1)
    assert sum("regular expressions" in request.messages[-1].content for request in backend.requests) == 1
    backend = ScriptedBackend(["re.compile('.')\n    return pattern.sub(lambda m: m[0].upper(), text)\n"])
    drafter = Drafter(backend, shout)
    drafts = [drafter.draft(1)[0] for _ in range(6)]
    begun = [n for n, request in enumerate(backend.requests) if _prompt(request).endswith("    pattern = ")]
    assert begun
    namespace = {}
    exec(f"import re\n{drafts[begun[0]].function.source}", namespace)
    assert namespace["shout"]("low") == "LOW"


def test_two_of_three_rounds_are_continuations_of_the_head():
    def answer(request):
        return "    return number * 2\n" if isinstance(request, CompletionRequest) else "no code"

    drafter = Drafter(ScriptedBackend(answer), WANTED)
    rounds = [drafter.draft(2) for _ in range(6)]
    assert [[draft.function is not None for draft in drafts] for drafts in rounds] == [
        [False, False],
        [True, True],
        [True, True],
    ] * 2
    namespace = {}
    exec(rounds[1][0].function.source, namespace)
    assert namespace["double"](21) == 42


@pytest.mark.parametrize("error", [ModelRequestFailed("only chats"), ModelUnavailable("no such page")])
def test_an_endpoint_that_only_chats_is_asked_in_conversation_and_for_a_continuation_once(error):
    backend = ScriptedBackend(lambda request: error if isinstance(request, CompletionRequest) else DOUBLE)
    drafter = Drafter(backend, WANTED)
    assert all(drafter.draft(1)[0].function is not None for _ in range(6))
    assert sum(isinstance(request, CompletionRequest) for request in backend.requests) == 1


def test_a_model_that_replies_to_a_continuation_with_a_block_is_read():
    drafter = Drafter(ScriptedBackend([DOUBLE]), WANTED)
    assert all(drafter.draft(1)[0].function is not None for _ in range(3))


def _prompt(request):
    return request.prompt if isinstance(request, CompletionRequest) else ""
