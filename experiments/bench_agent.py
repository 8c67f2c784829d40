"""How many everyday requests the agent fulfils: `python -m experiments.bench_agent [--only NAME ...]`.

The model is that of `funsearch request`: the endpoint in the environment, else the embedded one
($FUNSEARCH_MODEL_FILE). Each request is asked twice, with a bank of 47 written tools and without any, at the
same budget of tokens and seconds; an answer is right when it is exactly the expected one.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from agent.budget import Budget
from agent.evaluation import Result, both_ways, evaluate, summaries
from agent.means import Allowance, Means
from agent.trials import read_trials
from agent.worker import CONTEXT_TOKENS
from experiments.agent_tasks import REQUESTS, open_bank
from funsearch import samplers
from language_models import ChatBackend
from sandbox import open_sandbox
from tool_bank.encoder import MiniLMEncoder


def main() -> None:
    """Prints a line for each request and way, and the shares."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--file", type=Path, default=REQUESTS, help="TOML file of requests")
    options.add_argument("--only", nargs="+", help="names of requests")
    options.add_argument("--tokens", type=int, default=12_000, help="of one request")
    options.add_argument("--seconds", type=float, default=600.0, help="of one request")
    options.add_argument("--out", type=Path, help="JSON Lines file for the results")
    chosen = options.parse_args()
    trials = [trial for trial in read_trials(chosen.file) if not chosen.only or trial.name in chosen.only]
    allowance = Allowance(Budget(tokens=chosen.tokens, seconds=chosen.seconds))
    results: list[Result] = []
    with samplers.chat_backend(CONTEXT_TOKENS) as backend, _means(backend, allowance) as means:
        print(f"model {backend.name}, load {os.getloadavg()[0]:.1f}", flush=True)
        for result in evaluate(trials, both_ways(means)):
            results.append(result)
            print(_line(result), flush=True)
            if chosen.out is not None:
                with chosen.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
    _summarise(results)


@contextmanager
def _means(backend: ChatBackend, allowance: Allowance) -> Iterator[Means]:
    with ExitStack() as stack:
        box = stack.enter_context(open_sandbox("auto", packages=()))
        encoder = MiniLMEncoder()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bank = stack.enter_context(open_bank(folder / "bank", encoder=encoder))
        yield Means(folder, backend, box, encoder, bank, (), allowance)


def _line(result: Result) -> str:
    mark = "right" if result.is_right else "WRONG"
    cost = f"{result.tokens} tokens, {result.seconds:.0f} s"
    used = f"by {', '.join(result.tools)}" if result.tools else "by no tool"
    return f"{result.trial:20} {result.way:14} {mark} {result.state:10} {cost}; {used}: {result.why[:90]!r}"


def _summarise(results: Sequence[Result]) -> None:
    for summary in summaries(results):
        print(
            f"{summary.way:14} {summary.right:3} of {summary.trials} right ({summary.claimed} claimed), "
            f"{summary.tokens:.0f} tokens and {summary.seconds:.0f} s in the mean, "
            f"{summary.reused:.0%} with a tool"
        )


if __name__ == "__main__":
    main()
