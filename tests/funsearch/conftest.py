"""A small world: a specification, a trusted scorer without a sandbox, and runs over it."""

from __future__ import annotations

import contextlib

import pytest

from evaluators import Evaluation
from funsearch.archive import Archive
from funsearch.cluster import ScoredProgram
from funsearch.config import ArchiveConfig, Budget
from funsearch.evolution import Evolution
from funsearch.journal import Journal
from funsearch.mutation_sampler import MutationSampler
from funsearch.progress import SilentObserver
from funsearch.sampler import Candidate, Samples
from funsearch.stream import StreamPlan
from funsearch.workers import InlineWorkers
from programs import Specification
from sandbox.scripted import ScriptedSandbox

SPECIFICATION_TEXT = '''"""A toy."""
import funsearch


@funsearch.evolve
def value(x, y):
    """Returns a number."""
    return x + 1
'''
RUNNABLE = SPECIFICATION_TEXT + "\n\n@funsearch.run\ndef evaluate(n):\n    return value(n, n)\n"


class LengthEvaluator:
    """Scores a program by its text alone, deterministically; every 7th text is invalid."""

    def __init__(self):
        self.evaluated = []

    def evaluate(self, source):
        self.evaluated.append(source)
        total = sum(map(ord, source))
        if total % 7 == 0:
            return Evaluation.invalid("raised: unlucky")
        return Evaluation(score=float(total % 101), scores_per_test={"a": total % 5, "b": total % 3})


class FailingSampler:
    """Fails always."""

    description = "fails"

    def sample(self, prompt, samples):
        from funsearch.exceptions import SamplerError

        raise SamplerError("the model is out")


class ParrotSampler:
    """Repeats its best parent."""

    description = "repeats"

    def sample(self, prompt, samples):
        return Samples((Candidate(prompt.parents[-1].source),) * samples)


@pytest.fixture
def scripted_sandbox(monkeypatch):
    """Scores by the text, so that nothing needs to run."""
    box = ScriptedSandbox(
        lambda source, function, arguments: float(sum(map(ord, source)) % 101) + arguments[0]
    )
    monkeypatch.setattr(
        "funsearch.task_loading.open_sandbox", lambda name, *, packages: contextlib.nullcontext(box)
    )


@pytest.fixture
def specification():
    return Specification.from_text(SPECIFICATION_TEXT)


class World:
    """Makes runs over one directory."""

    def __init__(self, specification, directory):
        self.specification = specification
        self.directory = directory
        self.config = ArchiveConfig(
            islands=3, opening_evaluations=10, reset_evaluations=40, temperature_period=50
        )

    def initial(self):
        function = self.specification.function
        return ScoredProgram(0, function.source, 1.0, (1.0, 1.0))

    def evolution(self, *, seed=0, samplers=None, evaluator=None, workers=None, plans=None):
        samplers = samplers or {"mutation": MutationSampler(self.specification)}
        evaluator = evaluator or LengthEvaluator()
        plans = plans or [
            StreamPlan(name, 4, 4, "free" if name == "mutation" else "core") for name in samplers
        ]
        self.journal = Journal(self.directory)
        archive = Archive(self.initial(), self.config, seed)
        workers = workers or InlineWorkers(samplers, evaluator)
        return Evolution(self.specification, archive, self.journal, plans, workers, seed)

    def run(self, evaluations, **keywords):
        evolution = self.evolution(**keywords)
        evolution.run(Budget(evaluations=evaluations), SilentObserver())
        self.journal.close()
        return evolution

    def story(self):
        """What a run comes to: every registered candidate, its place and its score, in order."""
        journal = Journal(self.directory)
        told = [
            (
                t.stream,
                t.number,
                t.island,
                t.generation,
                t.parents,
                c.id,
                c.source,
                c.duplicate_of,
                c.evaluation and c.evaluation.score,
            )
            for t, candidates, _ in journal.registrations()
            for c in candidates
        ]
        journal.close()
        return told


@pytest.fixture
def world(specification, tmp_path):
    return World(specification, tmp_path)
