"""A comparison as tables and as a plot."""

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from funsearch.comparison import Comparison, Contest, Curve, Result, standings
from funsearch.config import Budget, RunConfig
from funsearch.task_loading import load_task
from service.compare_view import as_dict, print_comparison, print_result
from service.comparison_plot import HEIGHT, WIDTH, drawn, write_plot

SVG = "{http://www.w3.org/2000/svg}"


def curve(*means):
    mean = np.array(means)
    return Curve(np.arange(len(means)) * 10, mean, mean - 0.5, mean + 0.5)


@pytest.fixture
def comparison(tmp_path):
    config = RunConfig("bin_packing_or", samplers=("mutation",), budget=Budget(evaluations=20))
    contest = Contest(config, ("evolution", "best-of-n"), 2, tmp_path)
    results = [
        Result(strategy, seed, -9.0, -score - seed, -score, 20, 1.5, "budget of 20 evaluations used")
        for strategy, score in (("evolution", 3.0), ("best-of-n", 5.0))
        for seed in (0, 1)
    ]
    curves = {"evolution": curve(-9.0, -6.0, -3.5), "best-of-n": curve(-9.0, -7.0, -5.5)}
    table = standings(contest.strategies, results)
    return Comparison(contest, load_task("bin_packing_or"), results, table, curves)


def printed(comparison):
    console = Console(file=io.StringIO(), width=150)
    print_comparison(console, comparison, Path("plot.svg"))
    print_result(console, comparison.task.show, comparison.results[0])
    return console.file.getvalue()


def test_the_tables_show_means_intervals_wins_and_the_caution(comparison):
    told = printed(comparison)
    assert "3.50 % [4.00 % to 3.00 %]" in told
    assert "5.50 % [6.00 % to 5.00 %]" in told
    assert "intervals mean little" in told
    assert "bootstrap over seeds" in told
    assert "plot.svg" in told
    assert "evolution seed 0: training 3.00 %, held out 3.00 %" in told


def test_plain_values_hold_all_of_it(comparison):
    values = as_dict(comparison, Path("plot.svg"))
    assert values["standings"][0]["wins"] == 2
    assert values["standings"][0]["training"] == {"mean": -3.5, "low": -4.0, "high": -3.0}
    assert values["curves"]["best-of-n"]["mean"] == [-9.0, -7.0, -5.5]
    assert len(values["results"]) == 4
    assert "mean little" in values["caution"]


def test_the_plot_is_whole_xml_with_a_band_and_a_line_for_each_strategy_inside_its_frame(comparison):
    root = ElementTree.fromstring(drawn(comparison))
    lines, bands = root.findall(f"{SVG}polyline"), root.findall(f"{SVG}polygon")
    assert len(lines) == len(bands) == 2
    assert len({line.get("stroke") for line in lines}) == 2
    for shape in (*lines, *bands):
        for pair in shape.get("points").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
    first, last = (float(lines[0].get("points").split()[n].split(",")[1]) for n in (0, -1))
    assert last < first  # better is higher
    assert {"evolution", "best-of-n"} <= {text.text for text in root.findall(f"{SVG}text")}


def test_the_plot_of_runs_that_found_nothing_is_flat_and_whole(comparison):
    flat = Curve(np.array([0]), *([np.array([1.0])] * 3))
    comparison.curves.update({"evolution": flat, "best-of-n": flat})
    assert "nan" not in drawn(comparison)


def test_the_plot_is_stored_beside_the_runs(comparison):
    path = write_plot(comparison)
    assert path.parent == comparison.contest.directory
    assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"


def test_of_one_seed_no_interval_is_shown(comparison):
    from dataclasses import replace

    single = replace(comparison, contest=replace(comparison.contest, seeds=1))
    assert "4.00 % to 3.00 %" in printed(comparison)
    assert "4.00 % to 3.00 %" not in printed(single)
