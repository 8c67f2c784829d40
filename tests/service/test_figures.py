"""Figures are Plotly's JSON, of bounded size, whatever the run."""

import dataclasses
import json

import pytest

from experiments.synthetic_run import SyntheticRun
from funsearch.elite_listing import list_elites
from funsearch.run_curves import Record, Scored
from funsearch.run_reader import RunReader
from service.plots.figures import FIGURES, elite_map
from service.plots.library import VERSION, plot_library

LARGEST = 300_000  # bytes of one figure


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    with SyntheticRun(tmp_path_factory.mktemp("runs") / "run", goal=4_000) as run:
        run.append(4_000)
        return RunReader(run.directory).read()


def as_json(figure):
    return json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_json_of_bounded_size(reading, name):
    figure = FIGURES[name](reading, "evaluations")
    assert figure["data"]
    assert figure["title"]
    assert figure["layout"]["xaxis"]["title"]["text"]
    assert 200 < len(as_json(figure)) < LARGEST


def test_a_run_in_which_every_program_is_a_record_draws_no_more(reading):
    records = tuple(Record(at, at / 2, float(at), at, "mutation", 0) for at in range(50_000))
    assert (
        len(as_json(FIGURES["score"](dataclasses.replace(reading, records=records[:400]), "seconds")))
        < LARGEST
    )


@pytest.mark.parametrize("score", [1e308, -1e308, 0.0, 5e-324])
def test_scores_at_the_ends_of_what_a_number_can_be_are_drawn(reading, score):
    sample = tuple(Scored(at, 1.0, score if at % 2 else -score, at, "mutation") for at in range(1, 9))
    extreme = dataclasses.replace(reading, sample=sample)
    for name in ("scatter", "histogram"):
        as_json(FIGURES[name](extreme, "evaluations"))
    assert sum(FIGURES["histogram"](extreme, "evaluations")["data"][0]["y"]) == len(sample)


def test_a_run_without_a_program_has_empty_figures(tmp_path):
    with SyntheticRun(tmp_path / "run") as run:
        reading = RunReader(run.directory).read()
    for figure in FIGURES.values():
        as_json(figure(reading, "seconds"))
    nothing = dataclasses.replace(reading, best=None, records=(), islands=((),))
    for figure in FIGURES.values():
        as_json(figure(nothing, "evaluations"))


def test_names_from_elsewhere_are_no_markup(reading):
    name = "<b>bold</b><a href='javascript:alert(1)'>x</a>"
    told = as_json(
        FIGURES["samplers"](dataclasses.replace(reading, samplers={name: reading.records}), "seconds")
    )
    assert "<" not in told
    assert "&lt;b&gt;" in told


def test_elites_are_a_map_of_two_measures_or_bars_of_one(reading):
    heat = elite_map(list_elites(reading.directory, ("length", "behaviour")))["data"][0]
    assert (len(heat["z"]), len(heat["z"][0])) == (len(heat["y"]), len(heat["x"]))
    bars = elite_map(list_elites(reading.directory, ("length",)))["data"][0]
    assert len(bars["x"]) == len(bars["y"]) == len(set(bars["customdata"]))


def test_the_library_is_that_of_the_installed_package():
    script = plot_library()
    assert VERSION
    assert len(script) > 1_000_000
    assert b"plotly.js v" in script[:300]
