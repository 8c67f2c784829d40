"""Our engine beside others: `python -m experiments.bench_peers --openevolve PYTHON --shinka PYTHON`.

Every engine gets the same task, a folder in OpenEvolve's layout, the same stub of a language model, which
changes a program that the engine's prompt shows, two workers and the same number of evaluations. Ours runs
every candidate in a sandbox. Everything is read from outside: processes, files, and what the model was asked
for. With `--into` the table and its figures are kept as peers.md and peers.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from experiments.peer_engines import Engine, Funsearch, OpenEvolve, Shinka
from experiments.peer_table import Kept, page, table
from experiments.peer_trials import Terms, TrialFailed, stand
from experiments.studies.circumstances import now

NAME = "peers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns 1 where an engine did not get through a plain run."""
    chosen = _options().parse_args(arguments)
    terms = Terms(chosen.evaluations, chosen.short, chosen.time_limit, chosen.limit, chosen.seed)
    sitting, standings, failures = now(), [], 0
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    for engine in _engines(chosen):
        try:
            standings.append(stand(engine, terms, lambda words: print(words, flush=True)))
        except TrialFailed as failed:
            failures += 1
            print(failed, file=sys.stderr, flush=True)
    print(table(standings), flush=True)
    if chosen.into is not None:
        command = command_line(sys.argv[1:] if arguments is None else arguments)
        _keep(chosen.into, Kept(command, terms, sitting, standings))
    return 1 if failures else 0


def command_line(arguments: Sequence[str]) -> str:
    """Returns the command as it is kept: an absolute path, which is one machine's, by its last part."""
    words = [f".../{Path(word).name}" if Path(word).is_absolute() else word for word in arguments]
    return shlex.join(["python", "-m", "experiments.bench_peers", *words])


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--openevolve", type=Path, help="a Python that has openevolve installed")
    options.add_argument("--shinka", type=Path, help="a Python that has shinka-evolve installed")
    options.add_argument("--evaluations", type=int, default=300)
    options.add_argument(
        "--short", type=int, default=40, help="evaluations of the run that tells what the start costs"
    )
    options.add_argument("--time-limit", type=float, default=5.0, help="seconds that an evaluation may take")
    options.add_argument("--limit", type=float, default=600.0, help="seconds that a run may take")
    options.add_argument("--seed", type=int, default=0, help="of the stub of a model")
    options.add_argument("--into", type=Path, help="a directory for peers.md and peers.json")
    return options


def _engines(chosen: argparse.Namespace) -> list[Engine]:
    engines: list[Engine] = [Funsearch()]
    if chosen.openevolve is not None:
        engines.append(OpenEvolve(chosen.openevolve.absolute()))
    if chosen.shinka is not None:
        engines.append(Shinka(chosen.shinka.absolute()))
    return engines


def _keep(directory: Path, record: Kept) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{NAME}.json").write_text(json.dumps(asdict(record), indent=1) + "\n")
    (directory / f"{NAME}.md").write_text(page(record))


if __name__ == "__main__":
    sys.exit(main())
