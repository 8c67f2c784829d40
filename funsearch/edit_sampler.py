"""Proposes functions or blocks by asking a chat model for edits: long ones need not be rewritten."""

from __future__ import annotations

from funsearch.chat_sampler import chat_candidates, feedback_in_words
from funsearch.prompt import as_candidate
from funsearch.sampler import Prompt, Samples
from language_models import ChatBackend, Message
from programs import Block, BlockSpecification, Function, Specification
from programs.edits import apply_edits, read_edits

_INSTRUCTION = (
    "You improve a Python function by a few edits. Answer with one or more blocks of this form and nothing "
    "else:\n<<<<<<< SEARCH\nlines of the function, exactly as they stand\n=======\nthe lines to stand there "
    "instead\n>>>>>>> REPLACE\nThe lines searched must stand in the function exactly once. Keep the "
    "function's name and signature. Change the idea, not the names."
)


class EditSampler:
    """A sampler over a chat backend that edits rather than rewrites.

    Args:
        backend: Who replies.
        specification: The program around the function or the blocks to evolve.
    """

    def __init__(self, backend: ChatBackend, specification: Specification | BlockSpecification) -> None:
        self._backend = backend
        self._specification = specification

    @property
    def description(self) -> str:
        """What is at work."""
        return f"{self._backend.name}, edits of the best parent by chat"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns the best parent as the replies edit it.

        Raises:
            SamplerError: The model failed.
        """
        parent = prompt.parents[-1]
        return chat_candidates(
            self._backend, edit_messages(prompt), prompt, samples, lambda reply: self._edited(parent, reply)
        )

    def _edited(self, parent: Function | Block, reply: str) -> Function | Block:
        text = apply_edits(parent.source, read_edits(reply))
        if isinstance(self._specification, BlockSpecification):
            return self._specification.read(text)
        return as_candidate(Function.from_text(text), self._specification)


def edit_messages(prompt: Prompt) -> tuple[Message, ...]:
    """Returns the conversation that asks a chat model for edits of the best parent."""
    parent = prompt.parents[-1]
    question = f"```python\n{parent.source}```\n{feedback_in_words(prompt)}Edit `{parent.name}`."
    return Message("system", _INSTRUCTION), Message("user", question)
