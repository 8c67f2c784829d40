from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from language_models import ModelUnavailable
from language_models.model_plan import ImpossiblePlan, ModelPlan, PlannedModel
from tests.language_models.gguf_writer import write

MB = 1_000_000


def model(name: str, megabytes: int, **settings: Any) -> PlannedModel:
    return PlannedModel(name=name, kind="llama", place=f"{name}.gguf", memory=megabytes * MB, **settings)


SMALL, MIDDLE, LARGE = model("small", 300), model("middle", 500), model("large", 900)


def test_a_plan_says_which_models_may_be_loaded_together() -> None:
    plan = ModelPlan.of([SMALL, MIDDLE, LARGE], memory=1_200 * MB, cores=4)
    assert set(plan.together) == {frozenset({"small", "middle"}), frozenset({"small", "large"})}
    assert plan.fits({"small", "large"})
    assert not plan.fits({"middle", "large"})
    assert plan.needed(["small", "small", "middle"]) == 800 * MB


def test_all_together_is_one_set() -> None:
    plan = ModelPlan.of([SMALL, MIDDLE, LARGE], memory=1_700 * MB, cores=1)
    assert plan.together == (frozenset({"small", "middle", "large"}),)


def test_a_model_larger_than_the_memory_is_refused_with_the_sum() -> None:
    with pytest.raises(ImpossiblePlan) as caught:
        ModelPlan.of([SMALL, LARGE], memory=899 * MB, cores=1)
    assert str(caught.value).startswith(
        "large cannot run: large 900 MB, there are 899 MB; give it fewer slots"
    )
    assert ModelPlan.of([SMALL, LARGE], memory=900 * MB, cores=1).together


def test_a_model_without_room_beside_one_that_stays_is_refused_with_the_sum() -> None:
    staying = model("judge", 400, stays=True)
    with pytest.raises(ImpossiblePlan) as caught:
        ModelPlan.of([SMALL, LARGE, staying], memory=1_200 * MB, cores=1)
    assert (
        "large cannot run: judge 400 MB + large 900 MB = 1,300 MB (those before it stay loaded), "
        "there are 1,200 MB" in str(caught.value)
    )
    assert ModelPlan.of([SMALL, LARGE, staying], memory=1_300 * MB, cores=1).together


def test_cores_are_shared_out_among_those_that_may_run_together() -> None:
    assert ModelPlan.of([SMALL, MIDDLE, LARGE], memory=1_200 * MB, cores=4).threads == {
        "small": 2, "middle": 2, "large": 2,
    }  # fmt: skip
    assert ModelPlan.of([SMALL, MIDDLE], memory=800 * MB, cores=1).threads == {"small": 1, "middle": 1}
    endpoint = PlannedModel(name="far", kind="endpoint", place="http://127.0.0.1/v1")
    assert ModelPlan.of([LARGE, endpoint], memory=900 * MB, cores=3).threads["large"] == 3


def test_threads_that_are_asked_for_are_given_unless_there_are_fewer_cores() -> None:
    asked = model("asked", 10, threads=2)
    assert ModelPlan.of([asked, SMALL], memory=900 * MB, cores=2).threads == {"asked": 2, "small": 1}
    with pytest.raises(ImpossiblePlan, match="asks for 2 threads, there are 1 cores"):
        ModelPlan.of([asked], memory=900 * MB, cores=1)


def test_a_plan_tells_its_figures() -> None:
    plan = ModelPlan.of([SMALL, LARGE], memory=1_000 * MB, cores=2)
    assert str(plan) == (
        "small 300 MB (2 threads), large 900 MB (2 threads); 1,000 MB and 2 cores in all; "
        "together: small; large"
    )


def test_without_figures_the_plan_takes_what_is_free_here() -> None:
    plan = ModelPlan.of([model("tiny", 1)])
    assert plan.memory > MB
    assert plan.cores >= 1


def test_a_file_is_planned_with_its_estimate(tmp_path: Path) -> None:
    path = write(tmp_path / "tiny.gguf")
    short, long = (PlannedModel.of_file("tiny", path, context_tokens=n, slots=1) for n in (100, 200))
    assert (short.kind, short.place) == ("llama", str(path))
    assert long.memory - short.memory == 128 * 2 * 100


def test_a_model_that_nobody_planned_is_named_with_those_that_were() -> None:
    with pytest.raises(ModelUnavailable, match="huge: not in the plan; it has small, large"):
        ModelPlan.of([SMALL, LARGE], memory=900 * MB, cores=1).model("huge")


@pytest.mark.parametrize("models", [[], [SMALL, SMALL], [model(str(n), 1) for n in range(13)]])
def test_no_models_too_many_and_two_of_one_name_are_misuse(models: list[PlannedModel]) -> None:
    with pytest.raises(ValueError, match="expected 1 to 12, each named once|of different names"):
        ModelPlan.of(models, memory=10_000 * MB, cores=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [("memory", -1), ("slots", 0), ("context_tokens", 0), ("threads", 0), ("kind", "magic")],
)
def test_a_model_with_an_impossible_setting_is_misuse(field: str, value: Any) -> None:
    settings: dict[str, Any] = {"name": "a", "kind": "llama", "place": "a.gguf", field: value}
    with pytest.raises(ValueError, match=rf"PlannedModel\({field}="):
        PlannedModel(**settings)
