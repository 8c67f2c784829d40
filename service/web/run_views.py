"""What the server says of runs, as values of its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from funsearch.conclusion import CONCLUSION, FACTS
from funsearch.config import RunConfig
from funsearch.progress import SamplerCount
from funsearch.run_curves import Record
from funsearch.run_reader import RunReading
from funsearch.task import Task
from service.web.run_library import RunSummary

State = Literal["running", "finished", "interrupted", "stopped", "damaged"]


class RunLine(BaseModel):
    """A run in the list.

    Attributes:
        name: Of its directory.
        state: "stopped" is a run that neither runs nor was told to end: its process died.
        task: What it evolves; None for a damaged run.
        strategy: "evolution" or a baseline.
        seed: Of all its random choices.
        samplers: Names.
        evaluations: Completed ones.
        best_score: None before the first.
        best_shown: The score as its task words it.
        changed: When it was last written, in seconds since 1970.
        ended: Why it ended; "" where it has not.
        damage: Why it cannot be read; "" for a sound run.
    """

    name: str
    state: State
    task: str | None = None
    strategy: str = ""
    seed: int | None = None
    samplers: list[str] = []
    evaluations: int = 0
    best_score: float | None = None
    best_shown: str = ""
    changed: float
    ended: str = ""
    damage: str = ""


class RunList(BaseModel):
    """A page of the list of runs, the one that was written last first."""

    runs: list[RunLine]
    total: int
    offset: int


class Unchanged(BaseModel):
    """Nothing is new since the version that the caller has."""

    version: str
    unchanged: Literal[True] = True


class SamplerView(BaseModel):
    """What a sampler proposed and what came of it; fields as in `funsearch.progress.SamplerCount`."""

    name: str
    proposed: int
    defective: int
    duplicates: int
    similar: int
    evaluated: int
    valid: int
    improving: int
    records: int
    seconds: float
    sampling_seconds: float
    prompt_tokens: int
    completion_tokens: int


class BaselineView(BaseModel):
    """A figure that a run stands beside, as its task words it; "" where there is none."""

    name: str
    training: str
    held_out: str


class RecordView(BaseModel):
    """A program that was the best of the run when it came."""

    program: int
    score: float
    shown: str
    evaluations: int
    seconds: float
    sampler: str
    island: int


class RunView(BaseModel):
    """A run.

    Attributes:
        name: Of its directory.
        version: Changes whenever anything here does.
        state: As in the list.
        task: What it evolves.
        figure: What a score is, in words.
        seed: Of all its random choices.
        strategy: "evolution" or a baseline.
        evaluations: Completed ones.
        wanted: How many the budget allows; None for no limit.
        valid: Those that earned a score.
        seconds: Wall time over all resumptions.
        resets: How often the weaker islands were reset.
        best: The best program; None before the first.
        initial_shown: Score of the program it started from.
        held_out_shown: Score of the winner on held-out data; "" where there is none yet.
        best_per_island: The best score of each island, in words.
        records: The last programs that were the best when they came, the newest first.
        recorded: How many there were.
        samplers: Counts.
        baselines: Figures to stand beside.
        facts: What was really on, by name.
        inactive: A sentence for each device that was on and did nothing.
        settings: The configuration, by name.
        ended: Why it ended; "" where it has not.
        promoted: What became of the winner in the tool bank; "" where nothing did.
    """

    name: str
    version: str
    state: State
    task: str
    figure: str
    seed: int
    strategy: str
    evaluations: int
    wanted: int | None
    valid: int
    seconds: float
    resets: int
    best: RecordView | None
    initial_shown: str
    held_out_shown: str
    best_per_island: list[str]
    records: list[RecordView]
    recorded: int
    samplers: list[SamplerView]
    baselines: list[BaselineView]
    facts: dict[str, str]
    inactive: list[str]
    settings: dict[str, str]
    ended: str
    promoted: str


SHOWN_RECORDS = 10


def line_of(summary: RunSummary, task: Task | None) -> RunLine:
    """Returns a run as the list shows it."""
    config, ended = summary.config, _ended(summary.conclusion)
    state = state_of(summary.is_running, summary.conclusion, summary.damage)
    if config is None:
        return RunLine(name=summary.name, state=state, changed=summary.changed, damage=summary.damage)
    return RunLine(
        name=summary.name,
        state=state,
        task=config.task,
        strategy=config.strategy,
        seed=config.seed,
        samplers=list(config.samplers),
        evaluations=summary.evaluations,
        best_score=summary.best_score,
        best_shown=shown(task, summary.best_score),
        changed=summary.changed,
        ended="" if summary.is_running else ended,
    )


def state_of(is_running: bool, conclusion: object, damage: str = "") -> State:
    """Returns in a word where a run is."""
    if damage:
        return "damaged"
    if is_running:
        return "running"
    if not isinstance(conclusion, dict):
        return "stopped"
    return "finished" if conclusion.get("is_finished") else "interrupted"


def view_of(run: RunReading, task: Task | None) -> RunView:
    """Returns a run as its page shows it."""
    config = run.config
    conclusion = run.meta.get(CONCLUSION)
    told: Mapping[str, Any] = conclusion if isinstance(conclusion, dict) and not run.is_running else {}
    facts = told.get("facts") or run.meta.get(FACTS) or {}
    return RunView(
        name=run.directory.name,
        version=run.version,
        state=state_of(run.is_running, conclusion),
        task=config.task,
        figure=task.figure if task else "score",
        seed=config.seed,
        strategy=config.strategy,
        evaluations=run.evaluations,
        wanted=config.budget.evaluations,
        valid=run.valid,
        seconds=run.seconds,
        resets=run.resets,
        best=record_view(run.best, task) if run.best else None,
        initial_shown=shown(task, run.records[0].score if run.records else None),
        held_out_shown=shown(task, told.get("held_out")),
        best_per_island=[shown(task, steps[-1].score) for steps in run.islands if steps],
        records=[record_view(record, task) for record in reversed(run.records[-SHOWN_RECORDS:])],
        recorded=run.recorded,
        samplers=[_sampler_view(name, count) for name, count in run.counts.items()],
        baselines=[
            BaselineView(
                name=one.name, training=shown(task, one.training), held_out=shown(task, one.held_out)
            )
            for one in (task.baselines if task else ())
        ],
        facts={str(name): str(value) for name, value in facts.items()} if isinstance(facts, dict) else {},
        inactive=[str(sentence) for sentence in told.get("inactive") or ()],
        settings=_settings(config),
        ended=_ended(told),
        promoted=_promoted(told.get("promoted")),
    )


def record_view(record: Record, task: Task | None) -> RecordView:
    """Returns a record with its score in words."""
    return RecordView(
        program=record.candidate,
        score=record.score,
        shown=shown(task, record.score),
        evaluations=record.evaluations,
        seconds=record.seconds,
        sampler=record.sampler,
        island=record.island,
    )


def shown(task: Task | None, score: float | None) -> str:
    """Returns a score as its task words it, "" where there is none."""
    if score is None:
        return ""
    return task.show(score) if task else f"{score:.6g}"


def _sampler_view(name: str, count: SamplerCount) -> SamplerView:
    return SamplerView(name=name, **vars(count))


def _settings(config: RunConfig) -> dict[str, str]:
    """Returns the settings that decide a run, in words."""
    limits = {name: value for name, value in vars(config.budget).items() if value is not None}
    plain = {
        name: value
        for name, value in vars(config).items()
        if name not in ("budget", "archive", "task", "seed", "prices") and value not in (None, ())
    }
    told = {name: ", ".join(map(str, v)) if isinstance(v, tuple) else str(v) for name, v in plain.items()}
    budget = ", ".join(f"{name} {value:g}" for name, value in limits.items())
    islands = {f"archive {name}": str(value) for name, value in vars(config.archive).items()}
    told = {name: value if len(value) < 500 else f"{value[:500]}..." for name, value in told.items()}
    return {"budget": budget, **told, **(islands if config.strategy == "evolution" else {})}


def _ended(conclusion: object) -> str:
    return str(conclusion.get("stop_reason", "")) if isinstance(conclusion, dict) else ""


def _promoted(promoted: object) -> str:
    if not isinstance(promoted, dict):
        return ""
    if promoted.get("version"):
        return f"{promoted.get('name')}, version {str(promoted['version'])[:12]}"
    return f"not added: {promoted.get('refused')}"
