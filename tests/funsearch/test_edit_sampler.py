"""The edit sampler: the best parent, edited; what was said of it stands in the question."""

import pytest

from funsearch.chat_sampler import ChatSampler
from funsearch.edit_sampler import EditSampler
from funsearch.sampler import Prompt
from language_models.scripted import ScriptedBackend
from programs import Function

BETTER = Function.from_text(
    'def value(x, y):\n    """Returns a number."""\n    z = x * y\n    return z + 3\n'
)
EDIT = "<<<<<<< SEARCH\n    z = x * y\n=======\n    z = x * y * 7\n>>>>>>> REPLACE\n"


@pytest.fixture
def prompt(specification):
    return Prompt((specification.function, BETTER), (0, 0, 7), ("", "f(2, 3): expected 12, found 9"))


def test_a_reply_edits_the_best_parent_and_leaves_the_rest(specification, prompt):
    backend = ScriptedBackend([EDIT, "I would rather not."])
    samples = EditSampler(backend, specification).sample(prompt, 2)
    assert samples.candidates[0].source == BETTER.source.replace("x * y", "x * y * 7")
    assert samples.candidates[0].defect is None
    assert "expected an edit" in samples.candidates[1].defect
    assert samples.completion_tokens > 0


def test_an_edit_that_breaks_the_function_is_a_defect(specification, prompt):
    backend = ScriptedBackend([EDIT.replace("z = x * y * 7", "z = (")])
    [candidate] = EditSampler(backend, specification).sample(prompt, 1).candidates
    assert "line 3" in candidate.defect


@pytest.mark.parametrize("sampler", [ChatSampler, EditSampler])
def test_what_the_evaluation_said_of_the_best_parent_is_passed_on(specification, prompt, sampler):
    backend = ScriptedBackend([EDIT])
    sampler(backend, specification).sample(prompt, 1)
    assert "f(2, 3): expected 12, found 9" in backend.requests[0].messages[1].content


@pytest.mark.parametrize("sampler", [ChatSampler, EditSampler])
def test_no_word_of_feedback_where_there_was_none(specification, prompt, sampler):
    backend = ScriptedBackend([EDIT])
    sampler(backend, specification).sample(Prompt(prompt.parents, prompt.seed), 1)
    assert "evaluation said" not in backend.requests[0].messages[1].content
