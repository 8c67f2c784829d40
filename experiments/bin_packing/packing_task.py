"""What every task of online bin packing is made of; only instances and figures differ."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.bin_packing.instances import PackingInstances
from experiments.bin_packing.packing import BestFit, FirstFit, Policy, pack
from experiments.bin_packing.scoring import INTERACTIVE_SECONDS, PackingEvaluator
from experiments.task_parts import own_specification
from funsearch.task import Baseline, Task, ToolCard

FIGURE = "excess bins over the L1 lower bound"
LONGEST_SCORING = 600.0  # seconds, for programs that are scored by hand


@dataclass(frozen=True)
class PackingData:
    """What a program packs.

    Attributes:
        training: What selection uses.
        official: What it never sees: the published instances.
        published: Figures to stand beside, on the official instances.
        interactive_seconds: Time for packing either set item by item.
        screen: How many training instances a program must pack no worse than best fit before it packs the
            others; 0 for no such stage.
    """

    training: PackingInstances
    official: PackingInstances
    published: tuple[Baseline, ...]
    interactive_seconds: float = INTERACTIVE_SECONDS
    screen: int = 0


def packing_task(name: str, data: PackingData, tool: ToolCard) -> Task:
    """Returns a task that evolves `priority(item, bins)` from best fit."""
    seconds = data.interactive_seconds
    return Task(
        name=name,
        specification=own_specification(__package__),
        training=lambda box: PackingEvaluator(
            box, data.training, interactive_seconds=seconds, screen=data.screen
        ),
        training_data=data.training.name,
        own_cascade=_screening_in_words(data.screen),
        # Asked item by item, as published: the figure we report rests on no proof of ours.
        held_out=lambda box: PackingEvaluator(
            box, data.official, trust_proof=False, interactive_seconds=seconds
        ),
        held_out_data=data.official.name,
        baselines=(*_textbook(data.training, data.official), *data.published),
        tool=tool,
        show=_shown,
        figure=FIGURE,
        figure_of=_excess,
    )


def scoring_task(name: str, instances: PackingInstances) -> Task:
    """Returns a task that scores on given instances alone, asked item by item."""
    return Task(
        name=name,
        specification=own_specification(__package__),
        training=lambda box: PackingEvaluator(
            box, instances, trust_proof=False, interactive_seconds=LONGEST_SCORING
        ),
        training_data=instances.name,
        baselines=_textbook(instances),
        show=_shown,
        figure=FIGURE,
        figure_of=_excess,
    )


def _excess(score: float) -> float:
    return -score


def _shown(score: float) -> str:
    return f"{-score:.2f} %"


def _textbook(training: PackingInstances, official: PackingInstances | None = None) -> tuple[Baseline, ...]:
    """Returns first fit and best fit on one or both sets; every run starts from the latter."""

    def packed(instances: PackingInstances, policy: Policy) -> float:
        return -instances.excess_percent(pack(instances, policy))

    return tuple(
        Baseline(name, packed(training, policy), None if official is None else packed(official, policy))
        for name, policy in (("first fit", FirstFit()), ("best fit", BestFit()))
    )


def _screening_in_words(screen: int) -> str:
    return (
        f"the first {screen} instances; all where these are packed no worse than by best fit"
        if screen
        else ""
    )
