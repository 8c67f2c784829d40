"""A run is read while it is written: the same as the archive knows, and without a trace."""

import os
import sqlite3
import tracemalloc

import pytest

from evaluators import Evaluation
from experiments.synthetic_run import SyntheticRun
from funsearch.config import ArchiveConfig, Budget, RunConfig
from funsearch.exceptions import JournalError, RunError
from funsearch.journal import FILE_NAME, Journal, StoredCandidate, Ticket
from funsearch.program_reading import list_programs, read_ancestry, read_descent, read_program
from funsearch.progress import SilentObserver
from funsearch.run_curves import Thinned
from funsearch.run_directory import is_locked, locked, write_config
from funsearch.run_fold import RunFold
from funsearch.run_reader import RunReader


def configured(world):
    config = RunConfig("toy", samplers=("mutation",), budget=Budget(evaluations=500), archive=world.config)
    write_config(world.directory, config)
    return world


@pytest.fixture
def finished(world):
    """A run of 500 programs over three islands that are reset again and again."""
    evolution = configured(world).evolution()
    world.journal.set_meta("initial scores", "[1.0, [1.0, 1.0]]")
    world.journal.set_meta("initial", '{"source": "def value(x, y):\\n    return x + 1\\n"}')
    evolution.run(Budget(evaluations=500), SilentObserver())
    world.journal.close()
    return world, evolution


def files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_what_is_read_is_what_the_run_itself_knows(finished):
    world, evolution = finished
    run, progress = RunReader(world.directory).read(), evolution.progress
    assert progress.resets > 3
    assert (run.evaluations, run.resets) == (progress.evaluations, progress.resets)
    assert run.best.score == progress.best_score
    assert read_program(world.directory, run.best.candidate).source == progress.best_source
    assert tuple(steps[-1].score for steps in run.islands) == progress.best_per_island
    counted, known = vars(run.counts["mutation"]), vars(progress.samplers["mutation"])
    assert counted == pytest.approx(known)


def test_a_reset_takes_a_weak_island_to_the_best_of_a_stronger_one():
    archive = ArchiveConfig(islands=2, reset_evaluations=3)
    config = RunConfig("toy", samplers=("mutation",), archive=archive)
    scores = ((0, 5.0), (1, 2.0), (1, 3.0), (1, 4.0), (1, 6.0))  # the 4.0 is of the island that was given up
    rows = [
        ("mutation", island, 0, at, 0.1, 0, 0, at, 0, 0, score, 0.1, 1, 1)
        for at, (island, score) in enumerate(scores, start=1)
    ]
    fold = RunFold(config, 1.0)
    fold.take(rows)
    curves = [[step.score for step in island.steps.items()] for island in fold.islands]
    assert curves == [[1.0, 5.0], [1.0, 2.0, 3.0, 5.0, 6.0]]
    assert fold.resets == 1


def test_reading_in_many_pieces_gives_the_same_as_reading_once(tmp_path):
    with SyntheticRun(tmp_path / "run", goal=400) as run:
        reader = RunReader(run.directory)
        pieces = []
        run.append(400, lambda _: pieces.append(reader.read().version))
        many, once = reader.read(), RunReader(run.directory).read()
    assert len(set(pieces)) == 100, "each prompt makes another version"
    assert many == once


def test_an_unchanged_run_keeps_its_version_and_its_end_changes_it(tmp_path):
    with SyntheticRun(tmp_path / "run") as run:
        run.append(40)
        reader = RunReader(run.directory)
        running = reader.read()
        assert reader.read() == running
        assert running.is_running
    ended = reader.read()
    assert not ended.is_running
    assert ended.version != running.version


def test_reading_a_finished_run_leaves_no_trace(finished):
    directory = finished[0].directory
    before = files(directory)
    reader = RunReader(directory)
    reader.read()
    read_ancestry(directory, reader.read().best.candidate)
    assert files(directory) == before
    journal = Journal(directory)  # the control: a journal that is opened for writing has a log beside it
    assert files(directory) != before
    journal.close()


def test_a_run_is_read_where_nothing_may_be_written(finished):
    directory = finished[0].directory
    directory.chmod(0o555)
    try:
        assert RunReader(directory).read().evaluations == 500
    finally:
        directory.chmod(0o755)


def test_a_reader_does_not_keep_the_writer_from_writing(tmp_path):
    with SyntheticRun(tmp_path / "run") as run:
        reader = RunReader(run.directory)
        for expected in (40, 80, 120):
            run.append(40)
            reader.read()
            assert run.programs == expected
        with pytest.raises(RunError, match="another process"), locked(run.directory):
            pass


def test_looking_whether_a_run_is_worked_on_makes_no_file_and_takes_no_lock(tmp_path):
    assert not is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        pass


def test_memory_does_not_grow_with_the_run(tmp_path):
    with SyntheticRun(tmp_path / "run", goal=6_000) as run:
        run.append(6_000)
        reader = RunReader(run.directory)
        reader.read()
        run.append(400)
        reader.read()
        tracemalloc.start()
        try:
            run.append(6_000)
            reading = reader.read()
            kept = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*funsearch/run_*")])
        finally:
            tracemalloc.stop()
    assert reading.evaluations > 12_000 * 0.97
    assert len(reading.sample) <= 2_000
    assert sum(trace.size for trace in kept.statistics("filename")) < 2_000_000


def test_a_new_run_in_the_old_ones_place_is_read_from_its_start(tmp_path):
    with SyntheticRun(tmp_path / "run") as run:
        run.append(400)
    reader = RunReader(run.directory)
    assert reader.read().evaluations > 300
    for path in run.directory.iterdir():
        path.unlink()
    run.directory.rmdir()
    with SyntheticRun(tmp_path / "run", seed=1) as again:
        again.append(8)
        assert reader.read() == RunReader(again.directory).read()


def test_candidates_that_wait_for_their_turn_are_counted(world):
    configured(world)
    journal = Journal(world.directory)
    journal.record_ticket(
        Ticket("mutation", 0, 0, 0, (0,)), [StoredCandidate(1, 0, "def f(): 1", "f", None, None)]
    )
    journal.record_evaluation(1, Evaluation(2.0, {"a": 2.0}), 0.1)
    run = RunReader(world.directory).read()
    assert (run.evaluations, run.registered) == (1, 0)
    journal.record_registration("mutation", 0, 1.0)
    run = RunReader(world.directory).read()
    assert (run.evaluations, run.registered, run.best.candidate) == (1, 1, 1)
    journal.close()


DAMAGES = {
    "no database": lambda path: path.write_bytes(b"nothing of the kind" * 200),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "overwritten": lambda path: path.write_bytes(
        path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)
    ),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "infinite": lambda path: _change(path, "UPDATE evaluations SET score = 9e999 WHERE candidate = 20"),
    "words": lambda path: _change(path, "UPDATE evaluations SET score = 'high' WHERE candidate = 20"),
    "another island": lambda path: _change(path, "UPDATE tickets SET island = 99"),
}


def _change(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_one_error_that_names_it(tmp_path, damage):
    with SyntheticRun(tmp_path / "run") as run:
        run.append(400)
    reader = RunReader(run.directory)
    assert reader.read().evaluations, "the control: it could be read before"
    DAMAGES[damage](run.directory / FILE_NAME)
    with pytest.raises(JournalError, match=r"run"):
        RunReader(run.directory).read()


def test_parents_lead_back_to_the_initial_program(finished):
    directory = finished[0].directory
    best = RunReader(directory).read().best
    whole = read_ancestry(directory, best.candidate, most=10_000)
    members = {member.number: member for member in whole.members}
    assert whole.is_whole
    assert members[0].parents == ()
    assert all(parent in members for member in whole.members for parent in member.parents)
    assert [member.distance for member in whole.members] == sorted(
        member.distance for member in whole.members
    )
    near = read_ancestry(directory, best.candidate, generations=1)
    assert {member.number for member in near.members} == {best.candidate, *members[best.candidate].parents}
    descent = read_descent(directory, best.candidate)
    assert 0 in {member.number for member in descent.members}


def test_programs_are_listed_in_pages_the_newest_first(finished):
    directory = finished[0].directory
    first = list_programs(directory, limit=3)
    following = list_programs(directory, before=first[-1].number, limit=3)
    numbers = [row.number for row in [*first, *following]]
    assert numbers == list(range(numbers[0], numbers[0] - 6, -1))


def test_a_program_that_is_not_there_is_told_of(finished):
    for read in (read_program, read_ancestry):
        with pytest.raises(RunError, match="program 999999"):
            read(finished[0].directory, 999_999)


def test_thinning_keeps_both_ends_and_never_more_than_it_may():
    for count in (1, 2, 9, 10, 11, 1_000):
        thinned = Thinned(10)
        for number in range(count):
            thinned.add(number)
        kept = thinned.items()
        assert len(kept) <= 10
        assert (kept[0], kept[-1]) == (0, count - 1)
        assert kept == sorted(set(kept))
