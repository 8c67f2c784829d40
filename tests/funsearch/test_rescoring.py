"""Rescoring: the same programs under another scorer make the archive that this scorer would have made of them."""

import pytest

from funsearch.config import Budget
from funsearch.exceptions import RunError
from funsearch.journal import Journal
from funsearch.progress import SilentObserver
from funsearch.rescoring import copy_without_scores

from .conftest import LengthEvaluator, World


class OtherEvaluator(LengthEvaluator):
    """Scores the opposite."""

    def evaluate(self, source):
        from dataclasses import replace

        evaluation = super().evaluate(source)
        return evaluation if evaluation.score is None else replace(evaluation, score=-evaluation.score)


def rescored(world, directory, evaluations):
    again = World(world.specification, directory)
    evolution = again.evolution(evaluator=OtherEvaluator())
    evolution.run(Budget(evaluations=evaluations), SilentObserver())
    again.journal.close()
    return again, evolution


def test_every_scored_program_is_scored_anew_and_no_other(world, tmp_path_factory):
    world.run(80)
    target = tmp_path_factory.mktemp("rescored")
    wanted = copy_without_scores(world.directory, target)
    assert wanted == 80
    again, evolution = rescored(world, target, wanted)
    assert evolution.progress.evaluations == 80
    before = {told[5]: told[8] for told in world.story() if told[8] is not None}
    after = {told[5]: told[8] for told in again.story() if told[8] is not None}
    assert len(after) >= 0.8 * len(before)  # the last tickets of a run are cut by its budget
    assert all(after[number] == -score for number, score in before.items() if number in after)
    assert evolution.progress.best_score == max([1.0, *after.values()])


def test_a_rescoring_that_was_cut_short_goes_on(world, tmp_path_factory):
    world.run(60)
    target = tmp_path_factory.mktemp("rescored")
    wanted = copy_without_scores(world.directory, target)
    rescored(world, target, wanted // 3)
    _, evolution = rescored(world, target, wanted)
    assert evolution.progress.evaluations == wanted


def test_a_run_without_scores_is_refused(tmp_path, tmp_path_factory):
    Journal(tmp_path).close()
    with pytest.raises(RunError, match="found none"):
        copy_without_scores(tmp_path, tmp_path_factory.mktemp("target"))
