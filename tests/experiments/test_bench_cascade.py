"""The benchmark of the cascade, on one small problem."""

import json

from experiments import bench_cascade
from experiments.bench_cascade import Figure

HEAD = "def double(n: int) -> int:"
BODIES = ("n * 2", "n + n", "n + 2", "n ** 2", "2 * abs(n)", "n")
PROBLEM = {
    "problem_id": "double",
    "entry_point": "double",
    "signature": HEAD,
    "docstring": "Returns twice the number.",
    "examples": [["[2]", "4"]],
    "pool": [{"src": f"{HEAD}\n    return {body}\n", "count": 1} for body in BODIES],
    "hidden": {
        "reference": f"{HEAD}\n    return 2 * n\n",
        "contract": "",
        "mutants": [],
        "correct_alternatives": [],
        "plausible_wrong": [],
    },
}


def test_figures_add_up_and_read_as_shares():
    total = Figure(2, 1, 10, 400) + Figure(2, 2, 30, 400)
    assert str(total) == "the full suite's winner in 3 of 4 (75.0%), 40 of 800 executions (5.0%)"


def test_the_race_finds_the_right_program_with_few_executions(bubblewrap, tmp_path, monkeypatch, capsys):
    file = tmp_path / "problems.jsonl"
    file.write_text(json.dumps(PROBLEM))
    monkeypatch.setattr("sys.argv", ["bench_cascade", str(file), "--count", "40"])
    bench_cascade.main()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("all: the full suite's winner in 2 of 2 (100.0%), ")
