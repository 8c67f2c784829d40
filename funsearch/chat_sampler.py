"""Proposes functions by asking a chat model to rewrite the best ones."""

from __future__ import annotations

from collections.abc import Callable

from funsearch.completion_sampler import model_seed
from funsearch.exceptions import SamplerError
from funsearch.prompt import BestShotPrompt, as_candidate, best_shot, read_reply
from funsearch.sampler import Candidate, Prompt, Samples
from language_models import ChatBackend, ChatRequest, Message, ModelError
from programs import Block, Function, ProgramSyntaxError, Specification

TEMPERATURE = 1.0
MAX_TOKENS = 1_500
FEEDBACK_CHARACTERS = 2_000
_INSTRUCTION = (
    "You improve Python functions. You are shown earlier versions of a function, each scoring higher than "
    "the one before. Write the next version so that it scores higher still: change the idea, not the "
    "names. Keep the signature. Everything it needs must be inside the function or among the imports "
    "shown. Answer with the complete function in one Python code block and nothing else."
)


class ChatSampler:
    """A sampler over a chat backend.

    Args:
        backend: Who replies.
        specification: The program around the function to evolve.
    """

    def __init__(self, backend: ChatBackend, specification: Specification) -> None:
        self._backend = backend
        self._specification = specification

    @property
    def description(self) -> str:
        """What is at work."""
        return f"{self._backend.name}, best-shot prompts by chat"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns the functions of the replies.

        Raises:
            SamplerError: The model failed.
        """
        shot = best_shot(self._specification, prompt.functions)
        messages = rewrite_messages(shot, prompt)
        name = self._specification.function_to_evolve
        return chat_candidates(
            self._backend,
            messages,
            prompt,
            samples,
            lambda reply: as_candidate(read_reply(shot, reply, name), self._specification),
        )


def rewrite_messages(shot: BestShotPrompt, prompt: Prompt) -> tuple[Message, ...]:
    """Returns the conversation that asks a chat model for the next version."""
    question = f"```python\n{shot.text}    ...\n```\n{feedback_in_words(prompt)}Write `{shot.version}`."
    return Message("system", _INSTRUCTION), Message("user", question)


def feedback_in_words(prompt: Prompt) -> str:
    """Returns what was said of the best parent, ready to stand in a question; empty where nothing was."""
    feedback = prompt.feedback[-1].strip() if prompt.feedback else ""
    return f"What its last evaluation said:\n{feedback[:FEEDBACK_CHARACTERS]}\n" if feedback else ""


def chat_candidates(
    backend: ChatBackend,
    messages: tuple[Message, ...],
    prompt: Prompt,
    samples: int,
    read: Callable[[str], Function | Block],
) -> Samples:
    """Returns a candidate per reply to `messages`; what `read` refuses is a defect.

    Raises:
        SamplerError: The model failed.
    """
    request = ChatRequest(
        messages=messages,
        samples=samples,
        max_tokens=MAX_TOKENS,
        temperature=TEMPERATURE,
        seed=model_seed(prompt),
    )
    try:
        answer = backend.chat(request)
    except ModelError as error:
        raise SamplerError(str(error)) from error
    candidates = tuple(_candidate(text, read) for text in answer.texts)
    return Samples(candidates, answer.usage.prompt_tokens, answer.usage.completion_tokens)


def _candidate(text: str, read: Callable[[str], Function | Block]) -> Candidate:
    try:
        return Candidate(read(text).source)
    except ProgramSyntaxError as error:
        return Candidate(text, defect=str(error))
