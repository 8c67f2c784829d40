"""A task with a smooth landscape, and a stub of a language model that proposes for it.

The task is a folder in OpenEvolve's layout: six weights of a polynomial are to follow exp(-x) sin(3x) on
[0, 2]. The model takes one of the curves that its prompt shows and moves one or two weights. What the prompt
shows is the engine's choice: one model serves every engine, and their selection decides how far they come.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

WEIGHTS = 6
_WEIGHTS = re.compile(r"weights = \(([-+.,\de ]+)\)")
_BLOCK = '''# EVOLVE-BLOCK-START
def curve(x):
    """Returns the height of the curve at x."""
    weights = ({weights})
{endless}    return sum(weight * x**power for power, weight in enumerate(weights))
# EVOLVE-BLOCK-END
'''
_ENDLESS = "    while weights:\n        x = x + 0\n"
EVALUATOR = '''"""Scores a curve by its distance from exp(-x) sin(3x) on [0, 2]."""
import importlib.util
import math

POINTS = [index / 100 for index in range(201)]


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    errors = [program.curve(x) - math.exp(-x) * math.sin(3 * x) for x in POINTS]
    return {"combined_score": -math.sqrt(sum(error * error for error in errors) / len(errors))}
'''
# The tags are what some engines look for around a program; the others look for the fence.
_REPLY = """<NAME>moved weights</NAME>
<DESCRIPTION>Moves one or two weights.</DESCRIPTION>
<CODE>
```python
{block}```
</CODE>
"""


def initial_program() -> str:
    """Returns the program that every engine starts from: a flat curve."""
    return _block((0.0,) * WEIGHTS)


def write_folder(folder: Path, time_limit: float) -> None:
    """Writes the task; `time_limit` is what one evaluation may take, in seconds."""
    folder.mkdir(parents=True)
    (folder / "initial_program.py").write_text(initial_program())
    (folder / "evaluator.py").write_text(EVALUATOR)
    (folder / "config.yaml").write_text(
        f"evaluator:\n  timeout: {time_limit:g}\n  cascade_evaluation: false\n"
    )


class CurveModel:
    """A stub of a language model.

    Args:
        seed: Of the random moves; the same prompts in the same order get the same replies.
        endless: The number (from 1) of the proposal that never returns; None for no such proposal.
    """

    def __init__(self, seed: int = 0, endless: int | None = None) -> None:
        self._rng = np.random.default_rng(seed)
        self._endless = endless
        self._proposals = 0

    def __call__(self, prompt: str) -> str:
        self._proposals += 1
        shown = curves_in(prompt) or [(0.0,) * WEIGHTS]
        moved = self._moved(shown[self._rng.integers(len(shown))])
        return _REPLY.format(block=_block(moved, endless=self._proposals == self._endless))

    def _moved(self, weights: tuple[float, ...]) -> tuple[float, ...]:
        new = list(weights)
        for place in self._rng.choice(WEIGHTS, size=self._rng.integers(1, 3), replace=False):
            new[place] += float(self._rng.normal() * 10 ** self._rng.uniform(-3, 0))
        return tuple(new)


def curves_in(text: str) -> list[tuple[float, ...]]:
    """Returns the weights of the curves that a text shows, in their order."""
    found = [tuple(map(float, weights.split(","))) for weights in _WEIGHTS.findall(text)]
    return [weights for weights in found if len(weights) == WEIGHTS]


def _block(weights: tuple[float, ...], *, endless: bool = False) -> str:
    numbers = ", ".join(f"{weight:.6f}" for weight in weights)
    return _BLOCK.format(weights=numbers, endless=_ENDLESS if endless else "")
