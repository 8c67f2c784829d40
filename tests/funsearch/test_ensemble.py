"""The ensemble: mutation always runs, a model earns its share."""

from funsearch.ensemble import LARGEST_SHARE, SMALLEST_SHARE, Ensemble
from funsearch.progress import SamplerCount


def ensemble(mutation, model):
    return Ensemble({"mutation": mutation, "model": model}, frozenset({"mutation"}))


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
    assert not both.may_draw("model", 1.9 / share)
    assert both.may_draw("model", 2.1 / share)
    assert both.may_draw("mutation", 0.0)


def test_a_sampler_alone_has_everything():
    alone = Ensemble({"model": SamplerCount(sampling_seconds=10.0)}, frozenset())
    assert alone.share("model") == 1.0
    assert alone.may_draw("model", 10.0)
