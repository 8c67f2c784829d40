"""`funsearch doctor` examines everything that a run or a request needs, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.opening import BackendName
from service.examination import language, machine, sandboxes, stores
from service.examination.finding import Finding, in_one_line


@dataclass(frozen=True)
class Places:
    """What is examined.

    Attributes:
        sandbox: The backend that is to be used.
        runs: Directory of runs.
        bank: Directory of the tool bank.
        agent: Directory of the agent's record.
    """

    sandbox: BackendName
    runs: Path
    bank: Path
    agent: Path


Examination = Callable[[], Iterable[Finding]]


def examinations(places: Places) -> dict[str, Examination]:
    """Returns what is examined, by name, the quick ones first."""
    return {
        "versions": lambda: [machine.versions()],
        "disk": machine.disk,
        "tool bank": lambda: stores.bank(places.bank),
        "agent's record": lambda: stores.agent(places.agent),
        "runs": lambda: [stores.runs(places.runs)],
        "traces": lambda: [stores.traces()],
        "engine": machine.engine,
        "language models": language.language_models,
        "sandbox": lambda: sandboxes.sandboxes(places.sandbox),
    }


def examine(asked: dict[str, Examination]) -> Iterator[tuple[str, list[Finding]]]:
    """Yields the findings of each examination; one that fails itself is a finding, too."""
    for name, examination in asked.items():
        try:
            yield name, [*examination()]
        except Exception as error:  # noqa: BLE001 - a doctor that falls ill says so, and goes on
            told = in_one_line(f"could not be examined: {type(error).__name__}: {error}")
            yield name, [Finding(name, "failure", told, "please report this")]
