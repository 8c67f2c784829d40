"""Which objectives speak of the same thing as another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.knowledge.kept_encoder import KeptEncoder

COMPARED = 2_000  # characters of an objective: the encoder reads about 1,000


def most_like(
    encoder: KeptEncoder, objective: str, others: Sequence[str], least: float, k: int
) -> list[tuple[int, float]]:
    """Returns the places of at most k others, each with its cosine, the likest first.

    Args:
        encoder: Makes vectors; those of the others are kept.
        objective: What is compared.
        others: With what.
        least: Cosine below which they are not alike.
        k: How many at most.
    """
    if not others or not objective.strip() or k < 1:
        return []
    cosines = encoder.encode([other[:COMPARED] for other in others]) @ encoder.once(objective[:COMPARED])
    best = [int(place) for place in np.argsort(-cosines, kind="stable")[:k]]
    return [(place, round(float(cosines[place]), 4)) for place in best if cosines[place] >= least]
