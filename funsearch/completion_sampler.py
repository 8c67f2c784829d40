"""Proposes functions by letting a language model continue a best-shot prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funsearch.exceptions import SamplerError
from funsearch.grammar import return_expression
from funsearch.prompt import BestShotPrompt, as_candidate, best_shot, read_continuation
from funsearch.sampler import Candidate, Prompt, Samples
from funsearch.scope import Kind, parameters_of
from funsearch.vocabulary import vocabulary_of
from language_models import CompletionBackend, CompletionRequest, ModelError
from programs import Function, ProgramSyntaxError, Specification


@dataclass(frozen=True)
class ModelProfile:
    """How a model likes to be asked; the difference between some and no valid programs.

    Attributes:
        prefill: Text that the continuation starts with.
        is_bound: Whether the continuation is bound to one expression by a grammar.
        temperature: Of sampling.
        max_tokens: Longest continuation.
    """

    prefill: str = ""
    is_bound: bool = False
    temperature: float = 0.8
    max_tokens: int = 300


# Measured shares of new and valid candidates: SmolLM2 .10 free and .56 bound to an expression.
EXPRESSION_PROFILE = ModelProfile(prefill="    return", is_bound=True, temperature=1.2, max_tokens=120)
BODY_PROFILE = ModelProfile()


class CompletionSampler:
    """A sampler over a completion backend.

    Args:
        backend: Who continues the prompt.
        specification: The program around the function to evolve.
        profile: How the model is asked.
    """

    def __init__(
        self, backend: CompletionBackend, specification: Specification, profile: ModelProfile
    ) -> None:
        self._backend = backend
        self._specification = specification
        self._profile = profile
        self._grammar: str | None = None
        if profile.is_bound:
            function = specification.function
            module = vocabulary_of(specification.program, function.node).array_module
            kinds = parameters_of(function.node)
            sequences = [name for name, kind in kinds.items() if kind is Kind.SEQUENCE]
            self._grammar = return_expression(function.parameters, module, sequences)

    @property
    def description(self) -> str:
        """What is at work."""
        form = "one expression, bound by a grammar" if self._profile.is_bound else "a free body"
        return f"{self._backend.name}, best-shot prompts, {form}"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns the continuations of one prompt.

        Raises:
            SamplerError: The model failed.
        """
        shot = best_shot(self._specification, prompt.functions)
        request = CompletionRequest(
            prompt=shot.text + self._profile.prefill,
            samples=samples,
            max_tokens=self._profile.max_tokens,
            temperature=self._profile.temperature,
            stop=("\ndef ", "\nclass ", "\nif ", "\n\n\n"),
            grammar=self._grammar,
            seed=model_seed(prompt),
        )
        try:
            answer = self._backend.complete(request)
        except ModelError as error:
            raise SamplerError(str(error)) from error
        candidates = tuple(self._candidate(shot, text) for text in answer.texts)
        return Samples(candidates, answer.usage.prompt_tokens, answer.usage.completion_tokens)

    def _candidate(self, shot: BestShotPrompt, text: str) -> Candidate:
        continuation = self._profile.prefill + text
        try:
            function: Function = read_continuation(shot, continuation)
            return Candidate(as_candidate(function, self._specification).source)
        except ProgramSyntaxError as error:
            return Candidate(continuation, defect=str(error))


def model_seed(prompt: Prompt) -> int:
    """Returns the model's seed for a prompt, in 0..2**32 - 1."""
    entropy = np.random.SeedSequence(prompt.seed[0], spawn_key=prompt.seed[1:])
    return int(entropy.generate_state(1)[0])
