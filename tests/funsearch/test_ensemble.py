"""The ensemble: mutation always runs, a model earns its share."""

from funsearch.ensemble import LARGEST_SHARE, SMALLEST_SHARE, Ensemble
from funsearch.progress import SamplerCount
from funsearch.stream import StreamPlan


def ensemble(mutation, model, cost="core"):
    plans = [StreamPlan("mutation", 4, 8, "free"), StreamPlan("model", 4, 8, cost)]
    return Ensemble({"mutation": mutation, "model": model}, plans)


def test_a_useless_model_falls_to_the_smallest_share_and_a_useful_one_rises():
    busy = SamplerCount(improving=50, seconds=100)
    assert ensemble(busy, SamplerCount(seconds=1000)).share("model") == SMALLEST_SHARE
    assert (
        ensemble(SamplerCount(seconds=1000), SamplerCount(improving=50, seconds=100)).share("model")
        == LARGEST_SHARE
    )


def test_a_model_waits_once_it_has_used_its_share():
    model = SamplerCount(sampling_seconds=2.0, seconds=2.0)
    both = ensemble(SamplerCount(improving=9, seconds=10), model)
    share = both.share("model")
    assert not both.may_draw("model", 0, 1.9 / share)
    assert both.may_draw("model", 0, 2.1 / share)
    assert both.may_draw("mutation", 99, 0.0)


def test_a_sampler_alone_has_everything():
    alone = Ensemble({"model": SamplerCount(sampling_seconds=10.0)}, [StreamPlan("model", 4, 2, "core")])
    assert alone.share("model") == 1.0
    assert alone.may_draw("model", 0, 10.0)


def test_an_endpoint_earns_its_window_and_waiting_for_it_costs_nothing():
    mutation = SamplerCount(improving=9, seconds=100)
    slow_but_useful = SamplerCount(improving=9, seconds=500, sampling_seconds=450, prompt_tokens=1000)
    both = ensemble(mutation, slow_but_useful, cost="tokens")
    assert both.share("model") > 0.5
    assert both.may_draw("model", round(both.share("model") * 8) - 1, 0.0)
    assert not both.may_draw("model", round(both.share("model") * 8), 0.0)


def test_tokens_count_against_an_endpoint_but_one_prompt_may_always_be_under_way():
    mutation = SamplerCount(improving=9, seconds=100)
    both = ensemble(mutation, SamplerCount(completion_tokens=10**6), cost="tokens")
    assert both.share("model") == SMALLEST_SHARE
    assert both.may_draw("model", 0, 0.0)
    assert not both.may_draw("model", 1, 0.0)
