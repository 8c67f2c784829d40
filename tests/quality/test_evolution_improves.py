"""Evolution really improves a score: on real instances, in a real sandbox, beyond the textbook."""

import pytest

import funsearch

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.mark.parametrize("seed", [0, 1])
def test_bin_packing_beats_best_fit_on_data_that_selection_never_saw(tmp_path, seed, docker_engine):
    run = funsearch.evolve(
        "bin_packing_or",
        budget=funsearch.Budget(evaluations=3_000),
        seed=seed,
        directory=tmp_path / "run",
        bank=tmp_path / "bank",
        samplers=("mutation",),
    )
    best_fit = next(baseline for baseline in run.task.baselines if baseline.name == "best fit")
    assert run.best.score > best_fit.training + 0.5
    assert run.best.held_out > best_fit.held_out
    assert run.promoted.version is not None


def test_the_check_can_fail_a_run_of_one_evaluation_beats_nobody(tmp_path, docker_engine):
    run = funsearch.evolve(
        "bin_packing_or",
        budget=funsearch.Budget(evaluations=1),
        directory=tmp_path / "run",
        bank=tmp_path / "bank",
        samplers=("mutation",),
        evaluators=1,
    )
    best_fit = next(baseline for baseline in run.task.baselines if baseline.name == "best fit")
    assert run.best.held_out <= best_fit.held_out + 0.5
