"""Streams: how many prompts are drawn ahead."""

from funsearch.stream import Stream, StreamPlan


def test_the_window_opens_as_prompts_are_registered():
    stream = Stream(StreamPlan("mutation", samples=4, window=3, cost="free"), index=0)
    ahead = []
    for _ in range(7):
        while stream.has_room:
            stream.issued += 1
        ahead.append(stream.issued - stream.registered)
        stream.registered += 1
    assert ahead == [1, 1, 2, 2, 3, 3, 3]


def test_a_stream_that_is_off_draws_nothing():
    assert not Stream(StreamPlan("mutation", samples=4, window=3, cost="free"), index=0, is_off=True).has_room
