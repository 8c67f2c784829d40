"""Candidates a second, beside OpenEvolve: `python -m experiments.benchmark_throughput --peer PYTHON`.

Both engines get the same endpoint, which answers at once, the same evaluation of one millisecond, and two
workers. Ours runs every candidate in its sandbox; OpenEvolve has none. Each engine runs a short and a long
budget; the difference is what a candidate costs, free of the start. Processor time is the whole machine's
(endpoint and engine included), so nothing else should run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import funsearch
from experiments.spending import Spent
from experiments.stub_endpoint import serving

WARM_UP = 20
OURS = '''"""A toy whose evaluation takes a millisecond."""
import time

import funsearch


@funsearch.run
def evaluate(n):
    """Returns a score after a millisecond of work."""
    end = time.perf_counter() + 0.001
    while time.perf_counter() < end:
        total = priority(n, n + 3)
    return float(total % 1000)


@funsearch.evolve
def priority(item, bins):
    """Returns a number."""
    return -(bins - item)
'''
THEIR_PROGRAM = '''# EVOLVE-BLOCK-START
def priority(item, bins):
    """Returns a number."""
    return -(bins - item)
# EVOLVE-BLOCK-END
'''
THEIR_EVALUATOR = """import importlib.util
import time


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    end = time.perf_counter() + 0.001
    while time.perf_counter() < end:
        total = program.priority(5, 8)
    return {"combined_score": float(total % 1000)}
"""
THEIR_CONFIG = """max_iterations: {iterations}
log_level: WARNING
diff_based_evolution: false
llm:
  api_base: {endpoint}
  api_key: none
  models:
    - name: stub
      weight: 1.0
evaluator:
  parallel_evaluations: 2
  cascade_evaluation: false
"""


def main() -> None:
    """Prints the table and the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peer", type=Path, help="a Python that has openevolve installed")
    options.add_argument("--candidates", type=int, nargs="+", default=[1000, 3000])
    options.add_argument("--sandbox", default="docker")
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the start of each engine is taken out")
    print(f"{'engine':34} {'candidates':>10} {'candidates/s':>12} {'CPU ms each':>14}")
    with serving() as endpoint:
        for candidates in chosen.candidates:
            ours = _cost(lambda n: _run_ours(n, endpoint, chosen.sandbox), candidates)
            print(_line(f"funsearch ({chosen.sandbox})", ours), flush=True)
            if chosen.peer is None:
                continue
            theirs = _cost(lambda n: _run_theirs(n, endpoint, chosen.peer), candidates)
            print(_line("openevolve (no sandbox)", theirs), flush=True)
            ratio = ours.per_second / theirs.per_second
            print(f"{'':34} {'':10} {ratio:11.1f}x   (target: 10 x)", flush=True)


def _line(name: str, spent: Spent) -> str:
    return f"{name:34} {spent.candidates:10} {spent.per_second:12.1f} {spent.cpu_ms:14.2f}"


def _cost(run: Callable[[int], None], candidates: int) -> Spent:
    run(WARM_UP)  # what is imported or built only once is no part of any run
    short = _measured(run, WARM_UP)
    return _measured(run, candidates + WARM_UP) - short


def _measured(run: Callable[[int], None], candidates: int) -> Spent:
    wall, cpu = time.perf_counter(), _machine_cpu_seconds()
    run(candidates)
    return Spent(candidates, time.perf_counter() - wall, _machine_cpu_seconds() - cpu)


def _machine_cpu_seconds() -> float:
    user, nice, system, *_ = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _run_ours(candidates: int, endpoint: str, sandbox: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "toy.py"
        file.write_text(OURS)
        os.environ["OPENAI_BASE_URL"] = endpoint
        run = funsearch.evolve(
            str(file),
            inputs=(5,),
            samplers=("openai",),
            sandbox=sandbox,
            evaluators=2,
            budget=funsearch.Budget(evaluations=candidates),
            directory=Path(folder) / "run",
            bank=Path(folder) / "bank",
        )
        assert run.progress.evaluations == candidates, run.stop_reason


def _run_theirs(candidates: int, endpoint: str, peer: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "initial_program.py").write_text(THEIR_PROGRAM)
        (folder / "evaluator.py").write_text(THEIR_EVALUATOR)
        config = THEIR_CONFIG.format(iterations=candidates, endpoint=endpoint)
        (folder / "config.yaml").write_text(config)
        files = [str(folder / file) for file in ("initial_program.py", "evaluator.py")]
        options = ["--config", str(folder / "config.yaml"), "--iterations", str(candidates)]
        script = str(peer.with_name("openevolve-run"))
        command = [script, *files, *options, "--output", str(folder / "out")]
        subprocess.run(command, check=True, capture_output=True, timeout=1800)


if __name__ == "__main__":
    main()
