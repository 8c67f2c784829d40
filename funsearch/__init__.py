"""Grows Python functions: samplers propose, sandboxes run, evaluators score, islands keep and recombine.

    import funsearch
    run = funsearch.evolve("bin_packing_or", budget=funsearch.Budget(minutes=5), directory="runs/x")
    run.best.source, run.best.score, run.promoted
    run = funsearch.resume("runs/x")

The same names mark functions in specification files: `@funsearch.run`, `@funsearch.evolve`,
`@funsearch.verify`. Importing the package is cheap: Ray, models and containers load when a run starts.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from funsearch.exceptions import FunsearchError

if TYPE_CHECKING:
    from funsearch.conclusion import Run
    from funsearch.config import ArchiveConfig, Budget, RunConfig, TokenPrices
    from funsearch.creation import Creation
    from funsearch.creator import Plan
    from funsearch.progress import Observer
    from programs import ToolSpecification

__all__ = [
    "ArchiveConfig",
    "Budget",
    "FunsearchError",
    "RunConfig",
    "TokenPrices",
    "create",
    "evolve",
    "rescore",
    "resume",
    "run",
    "verify",
]

F = TypeVar("F", bound=Callable[..., Any])

if not TYPE_CHECKING:  # numpy comes with the settings; marking a function, or showing help, needs neither

    def __getattr__(name: str) -> object:
        """Returns one of the settings' classes, which are loaded when they are first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module("funsearch.config"), name)


def run(function: F) -> F:
    """Marks the function of a specification file that scores; changes nothing."""
    return function


def verify(function: F) -> F:
    """Marks a check of a specification file; changes nothing."""
    return function


@overload
def evolve(task: F) -> F: ...


@overload
def evolve(
    task: str,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    directory: str | Path | None = None,
    observer: Observer | None = None,
    **settings: Any,  # noqa: ANN401
) -> Run: ...


def evolve(
    task: F | str,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    directory: str | Path | None = None,
    observer: Observer | None = None,
    **settings: Any,
) -> F | Run:
    """Runs an evolution and returns its result; as a decorator, marks the function to evolve.

    Args:
        task: Name of a task of the project, path of a specification file or of a folder in OpenEvolve's form;
                or the function to mark.
        budget: When to stop; 5 minutes by default.
        seed: The one seed of every random choice.
        directory: Where the run is stored; by default a new one under runs/.
        observer: Told where the run stands.
        settings: Other fields of `RunConfig` (`samplers`, `sandbox`, `evaluators`, `inputs`, ...), and
            `bank` (directory of the tool bank, "runs/bank" by default; None keeps the winner out of any),
            `address` (of a Ray cluster).

    Raises:
        TaskError: There is no such task.
        RunError: The directory cannot be used, or the initial program is not valid.
        SandboxUnavailable: No sandbox can run here.
        SamplerError: A sampler cannot be built.
    """
    if inspect.isfunction(task):
        return task
    from funsearch import launch

    return launch.evolve(
        str(task), budget=budget, seed=seed, directory=directory, observer=observer, **settings
    )


def resume(
    directory: str | Path,
    *,
    budget: Budget | None = None,
    observer: Observer | None = None,
    **places: Any,  # noqa: ANN401
) -> Run:
    """Continues a run where it was; `budget` replaces the stored one.

    Raises:
        RunError: The directory holds no run, or another process is working on it.
    """
    from funsearch import launch

    return launch.resume(directory, budget=budget, observer=observer, **places)


def rescore(
    directory: str | Path,
    into: str | Path,
    *,
    observer: Observer | None = None,
    **places: Any,  # noqa: ANN401
) -> Run:
    """Scores every program of a run anew, as the task scores now, and returns the archive that they make.

    For when an evaluator has changed: scores from before cannot be compared with scores from after. The old
    run stays as it is; the new one is resumed like any other, also when the rescoring itself was cut short.

    Args:
        directory: The run.
        into: Directory of the new run.
        observer: Told where the rescoring stands.
        places: `bank` and `address`, as for `evolve`.

    Raises:
        RunError: `directory` holds no run with scored programs, or `into` is not empty.
    """
    from funsearch import launch

    return launch.rescore(directory, into, observer=observer, **places)


def create(
    specification: ToolSpecification,
    plan: Plan | None = None,
    *,
    bank: str | Path | None = "runs/bank",
    sandbox: str = "auto",
) -> Creation:
    """Makes a tool from what it must do, and takes it into the bank.

    The model is the endpoint in the environment, else the embedded one. Where the specification has no
    signature, one is proposed and chosen.

    Args:
        specification: What the tool must do.
        plan: Seed, minutes, directory, and who is told what happens; ten minutes by default.
        bank: Directory of the tool bank; None keeps the tool out of any.
        sandbox: "auto", "docker", "docker-runsc" or "bubblewrap".

    Raises:
        CreationError: The specification and the bank, or its own parts, contradict each other.
        language_models.ModelError: There is no model, or it failed.
        SandboxUnavailable: No sandbox can run here.
    """
    from funsearch import creation

    return creation.create_here(specification, plan, None if bank is None else Path(bank), sandbox)
