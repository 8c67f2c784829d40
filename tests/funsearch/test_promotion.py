"""The winner enters the bank only if it beats what is there."""

import pytest

from experiments.tasks.bin_packing_or.task import build
from funsearch.promotion import Winner, promote
from tool_bank import ToolBank


@pytest.fixture(scope="module")
def task():
    return build()


def winner(task, score, body="-(bins - item) * 1"):
    function = f"def priority(item, bins):\n    return {body}\n"
    source = f"import numpy as np\n\n\n{function}"
    return Winner(source, function, score, "mutation", "docker", {"seed": 0}, held_out=score - 0.1)


@pytest.mark.model
def test_a_winner_is_found_by_its_purpose_and_keeps_its_scores(task, tmp_path):
    promotion = promote(task, winner(task, -3.0), -5.3, tmp_path)
    with ToolBank.open(tmp_path) as bank:
        match = bank.search("pack items online into few bins", k=1)[0]
    assert match.tool.version == promotion.version
    assert match.tool.scores == {"training": -3.0, "held_out": -3.1}
    assert match.tool.integrity == "verified"


@pytest.mark.model
def test_a_worse_winner_does_not_replace_the_champion_and_a_better_one_does(task, tmp_path):
    first = promote(task, winner(task, -3.0), -5.3, tmp_path)
    worse = promote(task, winner(task, -3.5, "-bins"), -5.3, tmp_path)
    assert worse.version is None
    assert worse.refused == "the bank's version has 3.00 % on the training data, this one 3.50 %"
    better = promote(task, winner(task, -2.5, "-bins * 2"), -5.3, tmp_path)
    with ToolBank.open(tmp_path) as bank:
        assert bank.get("online_bin_packing_priority").version == better.version
        assert len(bank.history("online_bin_packing_priority")) == 2
    assert better.version != first.version


def test_a_winner_no_better_than_its_start_is_refused_and_no_bank_is_made(task, tmp_path):
    promotion = promote(task, winner(task, -5.3), -5.3, tmp_path / "bank")
    assert "no better" in promotion.refused
    assert not (tmp_path / "bank").exists()
