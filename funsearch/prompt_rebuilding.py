"""The prompt that made a program, built again by its sampler's own code from the parents of its ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from funsearch.block_chat_sampler import block_messages
from funsearch.chat_sampler import rewrite_messages
from funsearch.completion_sampler import EXPRESSION_PROFILE, model_seed
from funsearch.config import MODEL_FREE_SAMPLERS, RunConfig
from funsearch.edit_sampler import edit_messages
from funsearch.exceptions import RunError
from funsearch.program_reading import ReadProgram, read_program
from funsearch.prompt import best_shot
from funsearch.sampler import Prompt
from language_models import Message
from programs import BlockSpecification, ProgramSyntaxError, Specification, SpecificationError

AnySpecification: TypeAlias = Specification | BlockSpecification
Said: TypeAlias = tuple[Message, ...]


@dataclass(frozen=True)
class RebuiltPrompt:
    """What a model was asked, as far as its run tells.

    Attributes:
        messages: The conversation; of a text to continue, one message of the user. Empty where nobody was
            asked.
        seed: What the model was given for its random choices; None where nobody was asked.
        note: What it is, in words.
    """

    messages: Said
    seed: int | None
    note: str


def rebuilt_prompt(
    directory: Path, config: RunConfig, specification: AnySpecification, program: ReadProgram
) -> RebuiltPrompt:
    """Returns the prompt that a program answers.

    Raises:
        JournalError: The journal cannot be read.
    """
    if program.ticket is None:
        return RebuiltPrompt((), None, "The run began with this program; nobody was asked for it.")
    if program.sampler in MODEL_FREE_SAMPLERS:
        note = "A mutation or crossover of its parents: no language model was asked."
        return RebuiltPrompt((), None, note)
    try:
        prompt = _prompt(directory, config, specification, program)
        said, note = _BUILDERS[program.sampler](specification, prompt)
    except (KeyError, ValueError, ProgramSyntaxError, SpecificationError, RunError) as error:
        note = f"The prompt cannot be built again: {type(error).__name__}: {error}"
        return RebuiltPrompt((), None, note)
    return RebuiltPrompt(said, model_seed(prompt), note)


def _prompt(
    directory: Path, config: RunConfig, specification: AnySpecification, program: ReadProgram
) -> Prompt:
    parents = [read_program(directory, number) for number in program.parents]
    return Prompt(
        tuple(specification.unit(parent.source) for parent in parents),
        (config.seed, config.samplers.index(program.sampler), program.ticket or 0),
        tuple(parent.feedback for parent in parents),
    )


def _rewriting(specification: AnySpecification, prompt: Prompt) -> tuple[Said, str]:
    if isinstance(specification, BlockSpecification):
        return block_messages(specification, prompt), _BUILT
    return rewrite_messages(best_shot(specification, prompt.functions), prompt), _BUILT


def _editing(specification: AnySpecification, prompt: Prompt) -> tuple[Said, str]:
    return edit_messages(prompt), _BUILT


def _continuing(specification: AnySpecification, prompt: Prompt) -> tuple[Said, str]:
    if isinstance(specification, BlockSpecification):
        raise ValueError("expected a function to continue, found blocks")
    text = best_shot(specification, prompt.functions).text
    prefill = EXPRESSION_PROFILE.prefill.strip()
    return (Message("user", text),), f"{_BUILT} Where the model was SmolLM2, {prefill!r} followed."


_BUILT = "Built again from the parents by the sampler's own code."
_BUILDERS: Mapping[str, Callable[[AnySpecification, Prompt], tuple[Said, str]]] = {
    "openai": _rewriting,
    "openai-edits": _editing,
    "embedded": _continuing,
}
