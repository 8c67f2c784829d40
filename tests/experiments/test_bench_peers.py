"""The comparison with other engines: what it reads of them, what it watches, what it prints. No peer is needed."""

import dataclasses
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evaluators.task_folder import read_folder
from experiments import bench_peers
from experiments.curve_model import CurveModel, curves_in, initial_program, write_folder
from experiments.peer_engines import Funsearch, OpenEvolve, Order, Scored, Shinka, environment, logged_scores
from experiments.peer_table import Kept, page, table
from experiments.peer_trials import Endless, Killed, Pace, Standing, Terms, curve, pace
from experiments.process_tree import Watch, descendants, watch
from experiments.spending import Spent
from experiments.studies.circumstances import now

PYTHON = Path(sys.executable)
LOG = """2026-01-01 10:00:00,500 - controller - INFO - Evaluated program a in 0.00s: combined_score=-0.3320
2026-01-01 10:00:00,500 - parallel - INFO - Iteration 1: Program b (parent: a) completed in 0.47s | tokens: 180 (prompt: 100)
2026-01-01 10:00:00,500 - parallel - INFO - Metrics: combined_score=-0.5051
2026-01-01 10:00:00,500 - parallel - INFO - Iteration 2: Program c (parent: a) completed in 5.01s
2026-01-01 10:00:00,500 - parallel - INFO - Metrics: error=0.0000, timeout=1.0000
2026-01-01 10:00:00,500 - parallel - WARNING - Iteration 3 error: No valid code found in response
2026-01-01 10:00:00,500 - parallel - INFO - Iteration 4: Program d (parent: b) completed in 0.01s
2026-01-01 10:00:00,500 - parallel - INFO - Metrics: combined_score=1.5e-05
"""
STANDING = Standing(
    "funsearch",
    "1.0",
    "bubblewrap",
    Pace(300, 352, 7.25, 41.0, 22.0, 40.0, 500 * 2**20, 2**20, (-0.3, -0.25, -0.2, -0.1)),
    Killed(150, 100, ("python worker",) * 2, True, 350, 352),
    Endless(False, 39, 5.5, 9.0, ("python worker",)),
)
TERMS = Terms(300, 40, 5.0, 600.0, 0)


@pytest.fixture
def order(tmp_path):
    write_folder(tmp_path / "curve", 5.0)
    return Order(tmp_path, "http://127.0.0.1:1/v1", 300, 5.0)


def test_the_model_changes_a_curve_that_the_prompt_shows():
    shown = (0.5, 0.0, -1.25, 0.0, 2.0, 0.0)
    (proposed,) = curves_in(CurveModel(0)(f"Improve this:\n    weights = {shown}\n"))
    moved = sum(before != after for before, after in zip(shown, proposed, strict=True))
    assert moved in (1, 2)


def test_the_same_prompts_get_the_same_programs_and_other_seeds_others():
    def replies(seed):
        model = CurveModel(seed)
        return [model(initial_program()) for _ in range(20)]

    assert replies(0) == replies(0) != replies(1)
    assert len(set(replies(0))) == 20


def test_one_proposal_of_the_model_never_returns():
    replies = [reply for model in [CurveModel(0, endless=3)] for reply in map(model, [initial_program()] * 5)]
    assert ["while weights" in reply for reply in replies] == [False, False, True, False, False]


def test_the_task_is_a_folder_that_scores_better_curves_higher(order):
    assert read_folder(order.task).settings.timeout == 5.0
    x = np.linspace(0, 2, 201)
    fitted = np.polynomial.Polynomial.fit(x, np.exp(-x) * np.sin(3 * x), 5).convert().coef.tolist()
    better = re.sub(r"weights = .*", f"weights = {tuple(fitted)}", initial_program())
    (order.task / "better.py").write_text(better)
    script = "import evaluator; print(*[evaluator.evaluate(name)['combined_score'] for name in {!r}])"
    command = [sys.executable, "-c", script.format(["initial_program.py", "better.py"])]
    done = subprocess.run(command, cwd=order.task, capture_output=True, text=True, check=True, timeout=60)
    flat, fit = map(float, done.stdout.split())
    assert flat == pytest.approx(-0.3320, abs=1e-4)
    assert -0.01 < fit < 0


def test_scores_are_read_from_openevolves_log_and_the_initial_program_is_none_of_them():
    assert [scored.score for scored in logged_scores(LOG)] == [-0.5051, None, 1.5e-05]


def test_openevolve_goes_on_from_its_newest_whole_checkpoint(order):
    engine = OpenEvolve(PYTHON)
    assert engine.resume_command(order) is None
    assert engine.kept(order.place) == 0
    for iteration in (100, 200, 1000):
        checkpoint = order.place / "run" / "checkpoints" / f"checkpoint_{iteration}"
        checkpoint.mkdir(parents=True)
        if iteration < 1000:  # the last one was cut short
            (checkpoint / "metadata.json").write_text(json.dumps({"last_iteration": iteration}))
    command = engine.resume_command(order)
    assert engine.kept(order.place) == 200
    assert command[command.index("--iterations") + 1] == "100"
    assert command[-1].endswith("checkpoint_200")


def test_openevolves_log_of_both_lives_counts(order):
    logs = order.place / "run" / "logs"
    logs.mkdir(parents=True)
    (logs / "openevolve_1.log").write_text(LOG)
    assert len(OpenEvolve(PYTHON).scores(order.place)) == 3
    (logs / "openevolve_2.log").write_text(LOG)
    assert len(OpenEvolve(PYTHON).scores(order.place)) == 6


def test_shinkas_programs_count_without_the_initial_ones(order):
    engine = Shinka(PYTHON)
    assert engine.scores(order.place) == []
    (order.place / "run").mkdir()
    with closing(sqlite3.connect(order.place / "run" / "programs.sqlite")) as file:
        file.execute("CREATE TABLE programs (generation, timestamp, correct, combined_score)")
        rows = [(0, 1.0, 1, -0.3), (2, 3.0, 1, -0.1), (1, 2.0, 1, -0.2), (3, 4.0, 0, 0.0)]
        file.executemany("INSERT INTO programs VALUES (?, ?, ?, ?)", rows)
        file.commit()
    assert engine.scores(order.place) == [Scored(-0.2, 2.0), Scored(-0.1, 3.0), Scored(None, 4.0)]


def test_shinkas_adapter_scores_by_the_folders_own_evaluator(order):
    Shinka(PYTHON).command(order)
    results = order.place / "results"
    options = ["--program_path", str(order.task / "initial_program.py"), "--results_dir", str(results)]
    adapter = [sys.executable, str(order.place / "shinka" / "evaluate.py"), *options]
    subprocess.run(adapter, check=True, timeout=60)
    assert json.loads((results / "metrics.json").read_text())["combined_score"] == pytest.approx(
        -0.3320, abs=1e-4
    )
    assert json.loads((results / "correct.json").read_text())["correct"] is True


def test_our_scores_are_read_from_a_journal_and_none_before_there_is_one(order):
    assert Funsearch().scores(order.place) == []


def test_no_engine_sees_a_key_or_an_endpoint_of_the_user(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    seen = environment(PYTHON, "http://127.0.0.1:1/v1")
    assert "secret" not in seen.values()
    assert seen["OPENAI_BASE_URL"] == "http://127.0.0.1:1/v1"


def test_a_curve_is_the_best_score_after_each_quarter():
    scores = [Scored(score, 0.0) for score in (-5.0, None, -3.0, -4.0, -1.0, -2.0, 0.0, -9.0)]
    assert curve(scores, 8) == (-5.0, -3.0, -1.0, 0.0)
    assert curve([Scored(None, 0.0)], 4) == (-math.inf,) * 4


def test_the_pace_is_that_between_the_first_candidate_and_the_last():
    assert pace([Scored(0.0, at) for at in (10.0, 10.5, 12.0)]) == 1.0
    assert pace([Scored(0.0, 10.0)]) == 0.0


def test_a_short_run_taken_from_a_long_one_leaves_the_start_out():
    spent = Spent(300, 20.0, 14.0) - Spent(100, 10.0, 4.0)
    assert (spent.per_second, spent.cpu_ms) == (20.0, 50.0)


def test_a_watched_program_is_ended_at_the_limit(tmp_path):
    watched = watch([sys.executable, "-c", "while True: pass"], tmp_path, dict(os.environ), Watch(0.5, 1.0))
    assert watched.returncode is None
    assert watched.cpu > 0
    assert watched.peak_memory > 2**20


ORPHAN = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep({})']); {}"


def test_a_process_that_outlives_its_driver_is_counted_and_ended(tmp_path):
    before = set(descendants(os.getpid()))
    watched = watch([sys.executable, "-c", ORPHAN.format(60, "")], tmp_path, dict(os.environ), Watch(20, 0.1))
    assert (watched.returncode, len(watched.left_behind)) == (0, 1)
    assert set(descendants(os.getpid())) == before


def test_a_process_that_ends_soon_after_its_driver_is_not_left_behind(tmp_path):
    watched = watch([sys.executable, "-c", ORPHAN.format(0.3, "")], tmp_path, dict(os.environ), Watch(20, 20))
    assert (watched.returncode, watched.left_behind) == (0, ())


def test_a_kill_ends_the_driver_alone(tmp_path):
    driver = ORPHAN.format(60, "open('ready', 'w').close(); time.sleep(60)")
    how = Watch(20, 0.1, kill_when=(tmp_path / "ready").exists)
    watched = watch([sys.executable, "-c", driver], tmp_path, dict(os.environ), how)
    assert (watched.returncode, len(watched.left_behind)) == (-9, 1)


def test_the_table_has_one_column_for_each_engine():
    peer = dataclasses.replace(
        STANDING, name="peer", pace=dataclasses.replace(STANDING.pace, per_second=8.25)
    )
    lines = table([STANDING, peer]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[0].split("|")[1:-1]] == ["", "funsearch", "peer"]
    told = {
        cells[1].strip(): [cells[2].strip(), cells[3].strip()]
        for cells in (line.split("|") for line in lines)
    }
    assert told["candidates/s, from the first to the last"] == ["41.0", "8.2"]
    assert told["best score at 25% of the evaluations"] == ["-0.3000", "-0.3000"]
    assert told["best score at 100% of the evaluations"] == ["-0.1000", "-0.1000"]
    assert told["kill -9: lost"] == ["50", "50"]
    assert told["endless loop: the run ends"] == ["no", "no"]


def test_the_page_tells_command_terms_and_machine():
    text = page(Kept("python -m experiments.bench_peers", TERMS, now(), [STANDING]))
    assert "    python -m experiments.bench_peers\n" in text
    assert "300 less one of 40" in text
    assert f"{len(os.sched_getaffinity(0))} cores" in text


def test_a_kept_command_has_no_path_of_one_machine():
    kept = bench_peers.command_line(["--openevolve", "/somewhere/peer/bin/python", "--into", "results/here"])
    assert kept == "python -m experiments.bench_peers --openevolve .../python --into results/here"


def test_an_engine_that_fails_a_plain_run_is_told_and_the_status_says_so(monkeypatch, capsys):
    class Broken(Funsearch):
        def command(self, order):
            return [sys.executable, "-c", "raise SystemExit('no such model')"]

    monkeypatch.setattr(bench_peers, "Funsearch", Broken)
    assert bench_peers.main(["--evaluations", "4", "--short", "2"]) == 1
    told = capsys.readouterr().err
    assert "funsearch: expected a run of 2 evaluations to end with status 0, found status 1" in told
    assert "no such model" in told
