"""Chat models are shown the best block in its program, and answer with a block."""

import pytest

from funsearch.block_chat_sampler import BlockChatSampler
from funsearch.edit_sampler import EditSampler
from funsearch.sampler import Prompt
from language_models.scripted import ScriptedBackend
from programs import specification_of

TEXT = """import math
# EVOLVE-BLOCK-START
A = 1


def f(x):
    return A * x
# EVOLVE-BLOCK-END


def main():
    return f(math.pi)
"""
BETTER = "A = 2\n\n\ndef f(x):\n    return A * x * x\n"


@pytest.fixture
def specification():
    return specification_of(TEXT)


@pytest.fixture
def prompt(specification):
    return Prompt((specification.initial, specification.unit(BETTER)), (0, 0, 1), ("", "worst_point: x=3"))


@pytest.mark.parametrize(
    "reply",
    [
        "Here:\n```python\nA = 3\n\n\ndef f(x):\n    return A\n```\nBetter.",
        "```python\n" + TEXT.replace("A = 1", "A = 3").replace("A * x", "A") + "```",
    ],
)
def test_a_reply_is_the_block_or_the_whole_program(specification, prompt, reply):
    samples = BlockChatSampler(ScriptedBackend([reply]), specification).sample(prompt, 1)
    assert [candidate.source for candidate in samples.candidates] == ["A = 3\n\n\ndef f(x):\n    return A\n"]
    assert samples.completion_tokens > 0


def test_a_reply_that_is_no_python_is_a_defect(specification, prompt):
    [candidate] = (
        BlockChatSampler(ScriptedBackend(["I would rather not."]), specification).sample(prompt, 1).candidates
    )
    assert candidate.defect


def test_the_question_shows_the_versions_the_program_and_what_was_said(specification, prompt):
    backend = ScriptedBackend([BETTER])
    BlockChatSampler(backend, specification).sample(prompt, 1)
    assert backend.requests[0].messages[1].content == (
        "An earlier version:\n```python\nA = 1\n\n\ndef f(x):\n    return A * x\n```\n"
        "The best version, in its program:\n```python\n"
        + TEXT.replace(specification.source, BETTER)
        + "```\nWhat its last evaluation said:\nworst_point: x=3\nWrite the next version."
    )


def test_a_program_that_is_a_block_as_a_whole_is_shown_with_marks():
    specification = specification_of("A = 1\nB = 2\n")
    backend = ScriptedBackend(["A = 2\nB = 2\n"])
    prompt = Prompt((specification.initial,), (0, 0, 1))
    [candidate] = BlockChatSampler(backend, specification).sample(prompt, 1).candidates
    assert candidate.source == "A = 2\nB = 2\n"
    shown = backend.requests[0].messages[1].content
    assert "# EVOLVE-BLOCK-START\nA = 1\nB = 2\n# EVOLVE-BLOCK-END\n" in shown


def test_edits_change_a_block_too(specification, prompt):
    edit = "<<<<<<< SEARCH\nA = 2\n=======\nA = 9\n>>>>>>> REPLACE\n"
    [candidate] = EditSampler(ScriptedBackend([edit]), specification).sample(prompt, 1).candidates
    assert candidate.source == BETTER.replace("A = 2", "A = 9")
