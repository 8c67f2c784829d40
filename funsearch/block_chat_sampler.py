"""Proposes blocks by asking a chat model to rewrite the best one within its program."""

from __future__ import annotations

from funsearch.chat_sampler import chat_candidates, feedback_in_words
from funsearch.sampler import Prompt, Samples
from language_models import ChatBackend, Message
from language_models.reply_text import code_of
from programs import Block, BlockSpecification
from programs.evolve_block import END, START

_INSTRUCTION = (
    f"You improve a part of a Python program: what stands between {START} and {END}. You are shown earlier "
    "versions, each scoring at least as high as the one before; the last one in its program. Write the next "
    "version so that it scores higher still: change the idea, not the names. What stands outside the marks "
    "stays as it is, and relies on the names that it uses. Answer with the complete text between the marks "
    "in one Python code block and nothing else."
)
_SEVERAL = f" There are several such parts: answer with all, the lines {END} and {START} between them."


class BlockChatSampler:
    """A sampler of whole blocks over a chat backend.

    Args:
        backend: Who replies.
        specification: The program around the blocks.
    """

    def __init__(self, backend: ChatBackend, specification: BlockSpecification) -> None:
        self._backend = backend
        self._specification = specification

    @property
    def description(self) -> str:
        """What is at work."""
        return f"{self._backend.name}, whole blocks rewritten by chat"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns the blocks of the replies.

        Raises:
            SamplerError: The model failed.
        """
        messages = block_messages(self._specification, prompt)
        return chat_candidates(
            self._backend,
            messages,
            prompt,
            samples,
            lambda reply: self._specification.read(code_of(reply)),
        )


def block_messages(specification: BlockSpecification, prompt: Prompt) -> tuple[Message, ...]:
    """Returns the conversation that asks a chat model for the next version of the blocks."""
    instruction = _INSTRUCTION + (_SEVERAL if len(specification.fixed) > 2 else "")
    return Message("system", instruction), Message("user", _question(prompt))


def _question(prompt: Prompt) -> str:
    *earlier, best = prompt.blocks
    shown = [f"An earlier version:\n```python\n{block.source}```\n" for block in earlier]
    return (
        "".join(shown)
        + f"The best version, in its program:\n```python\n{_marked(best)}```\n{feedback_in_words(prompt)}"
        + "Write the next version."
    )


def _marked(block: Block) -> str:
    """Returns the whole program with marks, which one that is a block as a whole lacks."""
    text = block.program.text
    return text if START in text else f"{START}\n{text}{END}\n"
