"""The study of every task: all its files, no run twice, none that was not made."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments import study
from experiments.studies import circumstances
from experiments.studies.cell_runs import CellRunner
from experiments.studies.circumstances import ROOT, Sitting, now, sittings
from experiments.studies.in_process import in_process
from experiments.studies.index_page import index_page
from experiments.studies.plan import EVALUATIONS, SAMPLERS, STRATEGIES, Cell, model_of, samplers_in
from experiments.studies.record import read_record
from experiments.study import Study
from funsearch.exceptions import ConfigError, RunError
from funsearch.task_loading import task_names
from sandbox.scripted import ScriptedSandbox

TOY = '''"""A toy."""
import funsearch


@funsearch.evolve
def value(x, y):
    """Returns a number."""
    return x + 1


@funsearch.run
def evaluate(n):
    return value(n, n)
'''
SECONDS = 240


class Killed(BaseException):
    """Stands for SIGKILL."""


class Bench:
    """Studies of a toy task, scored by the text of its programs; `started` tells the runs that were started."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.dies_at = None
        self.file = folder / "toy.py"
        self.file.write_text(TOY)

    @property
    def results(self):
        return self.folder / "results"

    def cell(self, **changes):
        cell = Cell(str(self.file), ("mutation",), "", STRATEGIES, seeds=2, evaluations=24)
        return replace(cell, **changes)

    def study(self):
        settings = {"inputs": (0, 1)}
        around = {"make_workers": self.workers}
        runner = CellRunner(self.folder / "runs", settings, lambda result, contest: None, around)
        return Study(runner, self.results)

    def workers(self, task, config, box):
        if len(self.started) == self.dies_at:
            raise Killed
        self.started.append((config.strategy, config.seed))
        return in_process(task, config, box)

    def record(self):
        return read_record(self.results / "toy.json")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    box = ScriptedSandbox(lambda source, name, words: float(sum(map(ord, source)) % 101) + words[0])
    monkeypatch.setattr(
        "funsearch.task_loading.open_sandbox", lambda name, *, packages: contextlib.nullcontext(box)
    )
    return Bench(tmp_path)


def scores(record):
    return [[replace(run, seconds=0) for run in cell.runs] for cell in record.cells]


def test_a_study_writes_a_record_a_page_a_plot_and_an_index(bench):
    assert bench.study().run([bench.cell()]) == []
    names = {path.name for path in bench.results.iterdir()}
    assert names == {"toy.json", "toy.md", "toy-mutation-24.svg", "README.md"}
    page = (bench.results / "toy.md").read_text()
    for strategy in STRATEGIES:
        assert re.search(rf"^\| {strategy} \| mutation \| 24 \| .*\[.*\]", page, re.M)
    assert "(toy-mutation-24.svg)" in page
    assert f"$ {bench.cell().command}" in page
    assert ElementTree.parse(bench.results / "toy-mutation-24.svg").getroot().tag.endswith("svg")
    assert "[" + str(bench.file) + "](toy.md)" in (bench.results / "README.md").read_text()


def test_the_record_holds_every_run_and_what_it_was_made_under(bench):
    bench.study().run([bench.cell()])
    (cell,) = bench.record().cells
    assert [(run.strategy, run.seed) for run in cell.runs] == bench.started
    assert {run.evaluations for run in cell.runs} == {24}
    for run in cell.runs:
        assert run.after(0) == run.initial
        assert run.after(24) == run.training
        assert [count for count, _ in run.improvements] == sorted(count for count, _ in run.improvements)
    (sitting,) = cell.sittings
    assert {"python", "numpy", "ray"} <= sitting.versions.keys()
    assert sitting.cores >= 1
    assert sitting.memory_gib > 0
    assert {"sampler mutation", "sandbox"} <= cell.active.keys()
    assert (cell.seeds, cell.evaluations) == (2, 24)


def test_a_finished_cell_is_not_run_again_and_keeps_its_date(bench, monkeypatch):
    bench.study().run([bench.cell()])
    before, started = bench.record(), list(bench.started)
    monkeypatch.setattr(circumstances, "now", lambda: pytest.fail("nobody sat down"))
    bench.study().run([bench.cell()])
    assert bench.started == started
    assert bench.record() == before


@pytest.mark.parametrize("dies_at", [0, 1, 4])
def test_a_study_that_was_killed_shows_nothing_of_the_cell_and_goes_on_to_the_same_end(
    bench, dies_at, tmp_path_factory
):
    whole = Bench(tmp_path_factory.mktemp("whole"))
    whole.study().run([whole.cell()])
    bench.dies_at = dies_at
    with pytest.raises(Killed):
        bench.study().run([bench.cell()])
    assert not bench.results.exists()
    bench.dies_at = None
    bench.study().run([bench.cell()])
    assert sorted(bench.started) == sorted(whole.started)  # none twice
    assert scores(bench.record()) == scores(whole.record())
    assert len(bench.record().cells[0].sittings) == 2


def test_no_run_is_shown_that_was_not_made(bench):
    bench.study().run([bench.cell(strategies=("hill-climb",), seeds=1)])
    (cell,) = bench.record().cells
    assert [(run.strategy, run.seed) for run in cell.runs] == bench.started == [("hill-climb", 0)]
    index = (bench.results / "README.md").read_text()
    assert "without best-of-n, evolution" in index
    assert "1 of 5 seeds" in index
    for task in task_names():
        assert re.search(rf"^- mutation: not run on .*\b{task}\b", index, re.M)
    page = (bench.results / "toy.md").read_text()
    assert "| evolution |" not in page
    assert "[" not in re.search(r"^\| hill-climb .*$", page, re.M)[0]  # one seed has no interval


def test_a_sampler_that_cannot_be_had_is_told_and_the_others_run(bench, monkeypatch, capsys):
    monkeypatch.setenv("FUNSEARCH_MODEL_FILE", str(bench.folder / "none.gguf"))
    lacking = bench.cell(samplers=("embedded",), model="none")
    assert bench.study().run([lacking, bench.cell()]) == [lacking]
    assert "not run" in capsys.readouterr().err
    assert [cell.samplers for cell in bench.record().cells] == [("mutation",)]


def test_cells_of_other_budgets_are_kept_apart_and_compared_at_the_smaller_one(bench):
    bench.study().run([bench.cell()])
    assert bench.record().level.rows == ()
    bench.study().run([bench.cell(evaluations=8)])
    record = bench.record()
    assert [cell.evaluations for cell in record.cells] == [24, 8]
    assert record.level.evaluations == 8
    by_name = {(row.cell, row.strategy): row.training for row in record.level.rows}
    for strategy in STRATEGIES:  # the longer run is at its 8th evaluation what the shorter one ended as
        assert by_name["mutation-24", strategy] == by_name["mutation-8", strategy]
    assert "After 8 evaluations" in (bench.results / "toy.md").read_text()


def test_a_record_that_is_damaged_or_of_another_version_is_not_overwritten(bench):
    bench.study().run([bench.cell()])
    path = bench.results / "toy.json"
    for content in ("{", path.read_text().replace('"format": 1', '"format": 2')):
        path.write_text(content)
        with pytest.raises(RunError, match="move it away"):
            bench.study().run([bench.cell()])
        assert path.read_text() == content


def test_pages_are_written_anew_from_the_records_alone(bench, capsys):
    bench.study().run([bench.cell()])
    record, page = (bench.results / "toy.json").read_bytes(), (bench.results / "toy.md").read_bytes()
    for name in ("toy.md", "README.md"):
        (bench.results / name).unlink()
    assert (
        study.main(["--pages-only", "--results", str(bench.results), "--runs", str(bench.folder / "no")]) == 0
    )
    assert (bench.results / "toy.json").read_bytes() == record
    assert (bench.results / "toy.md").read_bytes() == page
    assert "toy.md" in (bench.results / "README.md").read_text()
    assert not (bench.folder / "no").exists()


def test_the_circumstances_name_no_host_and_no_place():
    words = json.dumps(now().__dict__)
    assert os.uname().nodename not in words
    assert str(ROOT) not in words
    assert re.fullmatch(r"unknown|[0-9a-f]{7,40}", now().revision)


def test_damaged_sittings_are_told(tmp_path):
    assert sittings(tmp_path) == ()
    (tmp_path / circumstances.SITTINGS_NAME).write_text("[")
    with pytest.raises(RunError, match="sittings"):
        sittings(tmp_path)


def test_the_plan_has_every_task_of_the_project_and_three_choices_of_samplers():
    assert set(EVALUATIONS) == set(task_names())
    assert len(SAMPLERS) == len(STRATEGIES) == 3
    assert samplers_in("mutation+embedded") == ("mutation", "embedded")


def test_results_are_kept_by_the_model_behind_them(monkeypatch, tmp_path):
    monkeypatch.setenv("FUNSEARCH_MODEL_FILE", str(tmp_path / "Small.Q4.gguf"))
    monkeypatch.delenv("FUNSEARCH_MODEL", raising=False)
    assert model_of(("mutation",)) == ""
    assert model_of(("mutation", "embedded")) == "Small.Q4"
    with pytest.raises(ConfigError, match="set FUNSEARCH_MODEL"):
        model_of(("openai",))
    monkeypatch.setenv("FUNSEARCH_MODEL", "maker/coder")
    assert model_of(("embedded", "openai")) == "Small.Q4+maker/coder"
    cell = Cell("cap_set", ("openai",), "maker/coder", STRATEGIES, 5, 10)
    assert "/" not in cell.name
    others = ("maker/other", "other/coder", "maker/coder.Q8", "")
    assert len({cell.name, *(replace(cell, model=other).name for other in others)}) == 5


def test_an_index_of_nothing_says_that_nothing_was_run():
    index = index_page({})
    assert index.count("not run on") == 3
    assert "evolution | mutation" not in index


@pytest.mark.parametrize("words", [["--tasks", "nowhere"], ["--tasks", "cap_set?n=99"]])
def test_a_task_that_is_none_is_told_before_anything_runs(words, tmp_path, capsys):
    assert study.main([*words, "--runs", str(tmp_path / "runs"), "--results", str(tmp_path / "results")]) == 2
    assert "experiments.study: " in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_study_that_dies_by_sigkill_goes_on_by_the_same_command(bubblewrap, tmp_path):
    runs, results = tmp_path / "runs", tmp_path / "results"
    command = [sys.executable, "-m", "experiments.study", "--tasks", "cap_set?n=3", "--samplers", "mutation"]
    command += ["--strategies", "evolution", "--seeds", "2", "--evaluations", "20", "--sandbox", "bubblewrap"]
    command += ["--runs", str(runs), "--results", str(results)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    first = runs / "cap_set-n-3" / "mutation-20" / "evolution-seed0" / "result.json"
    deadline = time.monotonic() + SECONDS
    while not first.exists() and process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(SECONDS)
    made = first.read_bytes()
    assert not results.exists()
    subprocess.run(command, cwd=ROOT, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    assert first.read_bytes() == made
    (cell,) = read_record(results / "cap_set-n-3.json").cells
    assert [(run.strategy, run.seed) for run in cell.runs] == [("evolution", 0), ("evolution", 1)]
    assert len(cell.sittings) == 2
    assert isinstance(cell.sittings[0], Sitting)
    assert not Path(results / "cap_set-n-3.md").read_text().count(str(tmp_path))


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_workers_in_the_studys_own_process_come_to_the_same_as_those_of_ray(bubblewrap, tmp_path):
    words = ["--tasks", "cap_set?n=4", "--samplers", "mutation", "--strategies", "evolution", "--seeds", "1"]
    words += ["--evaluations", "40", "--sandbox", "bubblewrap"]
    runs = []
    for name, more in (("ray", []), ("alone", ["--in-process"])):
        places = ["--runs", str(tmp_path / name), "--results", str(tmp_path / f"{name}-results")]
        command = [sys.executable, "-m", "experiments.study", *words, *more, *places]
        subprocess.run(command, cwd=ROOT, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
        (cell,) = read_record(tmp_path / f"{name}-results" / "cap_set-n-4.json").cells
        runs.append([replace(run, seconds=0) for run in cell.runs])
    assert runs[0] == runs[1]
    assert runs[0][0].training > runs[0][0].initial
