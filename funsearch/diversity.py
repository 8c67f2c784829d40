"""What keeps a run's programs apart, in words: what is on at the start, and what it did at the end.

A device that silently does nothing is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator

from funsearch.config import RunConfig
from funsearch.elites import REPEATABLE
from funsearch.novelty import RECENT_PER_ISLAND
from funsearch.progress import Progress

ELITES = "elites"
NOVELTY = "novelty filter"


def facts_at_start(config: RunConfig) -> dict[str, str]:
    """Returns which devices are on."""
    islands = "islands, clusters by signature" if config.strategy == "evolution" else "no islands"
    return {
        "diversity": f"{islands}; duplicates found by fingerprint",
        ELITES: _elites(config),
        NOVELTY: _novelty(config),
    }


def facts_at_end(config: RunConfig, progress: Progress) -> dict[str, str]:
    """Returns what those devices did that were on."""
    facts: dict[str, str] = {}
    if config.novelty is not None:
        proposed, similar = _proposals(progress)
        facts[NOVELTY] = f"{_novelty(config)}: {similar} of {proposed} proposals rejected"
    if config.archive.elite_share > 0:
        niches = ", ".join(map(str, progress.niches_per_island))
        facts[ELITES] = f"{_elites(config)}; niches at the end, by island: {niches}"
    return facts


def inactive_devices(config: RunConfig, progress: Progress) -> Iterator[str]:
    """Yields a sentence for each device that was on and did nothing."""
    proposed, similar = _proposals(progress)
    if config.novelty is not None and not similar:
        yield (
            f"The novelty filter was on and never active: none of {proposed} proposals was as similar as "
            f"{config.novelty:g} to its parents or the last programs of its island."
        )
    if config.archive.elite_share > 0 and max(progress.niches_per_island, default=0) <= 1:
        yield "Drawing on elites was on and had no effect: no island holds more than one niche."


def _proposals(progress: Progress) -> tuple[int, int]:
    counts = progress.samplers.values()
    return sum(count.proposed for count in counts), sum(count.similar for count in counts)


def _elites(config: RunConfig) -> str:
    share = config.archive.elite_share
    if share == 0:
        return "not drawn on"
    niches = " x ".join(REPEATABLE)
    return f"{share:.0%} of prompts show elites of different niches ({niches}) of their island"


def _novelty(config: RunConfig) -> str:
    if config.novelty is None:
        return "off"
    return (
        f"on, rejects what is {config.novelty:g} similar or more to its parents or one of the last "
        f"{RECENT_PER_ISLAND} programs of its island"
    )
