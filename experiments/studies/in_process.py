"""Workers in the study's own process: for runs so short that starting others takes longer than they do."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators import Evaluator
from funsearch import samplers
from funsearch.config import RunConfig
from funsearch.sampler import Sampler
from funsearch.task import Task
from funsearch.workers import InlineWorkers
from sandbox import Sandbox


class InProcessWorkers(InlineWorkers):
    """Inline workers that say which sandbox they use, as those of Ray do."""

    def __init__(self, built: Mapping[str, Sampler], evaluator: Evaluator, backend: str) -> None:
        super().__init__(built, evaluator)
        self._backend = backend

    @property
    def descriptions(self) -> Mapping[str, str]:
        return {**super().descriptions, "sandbox": self._backend}


def in_process(task: Task, config: RunConfig, box: Sandbox) -> InProcessWorkers:
    """Returns the workers of one run; every program still runs in the sandbox."""
    built = {name: samplers.build(name, task.specification, config) for name in config.samplers}
    return InProcessWorkers(built, task.selection(box), box.backend)
