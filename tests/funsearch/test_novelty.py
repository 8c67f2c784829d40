"""The novelty filter: what is similar, what is turned away, and that a resumed run turns away the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funsearch.config import ArchiveConfig, Budget, RunConfig
from funsearch.diversity import facts_at_end, facts_at_start, inactive_devices
from funsearch.exceptions import ConfigError
from funsearch.mutation_sampler import MutationSampler
from funsearch.novelty import RECENT_PER_ISLAND, Kin, NoveltyFilter, similarity, sketch
from funsearch.progress import SilentObserver
from funsearch.sampler import Prompt
from funsearch.workers import InlineWorkers
from programs import Function, Specification, specification_of

from .conftest import SPECIFICATION_TEXT, LengthEvaluator, World

BASE = """def f(x, y):
    total = np.abs(x) + y * 2
    if total > 3.5:
        total = total - y
    return [total * k for k in range(3)]
"""


def function(source):
    return Function.from_text(source)


def mutants(count):
    sampler = MutationSampler(Specification.from_text(SPECIFICATION_TEXT))
    prompts = (Prompt((function(BASE.replace("f(", "value(")),), (0, 0, n)) for n in range(count))
    return [function(c.source) for prompt in prompts for c in sampler.sample(prompt, 2).candidates]


MUTANTS = mutants(15)
bags = st.frozensets(st.integers(0, 30), min_size=1)


@given(bags, bags)
def test_similarity_is_symmetric_a_share_and_one_for_equal_bags_alone(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert (similarity(one, other) == 1) == (one == other)


@given(st.sampled_from(MUTANTS), st.sampled_from(MUTANTS))
@settings(deadline=None)
def test_programs_are_wholly_similar_to_themselves_and_equally_to_each_other(one, other):
    assert similarity(sketch(one), sketch(one)) == 1
    assert similarity(sketch(one), sketch(other)) == similarity(sketch(other), sketch(one))


def test_names_comments_and_formatting_do_not_make_a_program_novel():
    renamed = "def g(a, b):\n    # new!\n" + BASE.split("\n", 1)[1].replace("total", "s").replace("x", "a")
    renamed = renamed.replace("y", "b").replace("for k", "for j").replace("* k", "*  j")
    assert similarity(sketch(function(BASE)), sketch(function(renamed))) == 1


def test_the_less_is_changed_the_more_alike_programs_are():
    constant = sketch(function(BASE.replace("3.5", "4.5")))
    statement = sketch(function(BASE.replace("total = total - y", "return sorted(x)")))
    other = sketch(function("def f(x, y):\n    while y:\n        x, y = y, x % y\n    return x\n"))
    known = sketch(function(BASE))
    assert 1 > similarity(known, constant) > similarity(known, statement) > similarity(known, other) > 0


def test_a_statement_more_counts_though_it_repeats_another():
    twice = BASE.replace("        total = total - y\n", "        total = total - y\n" * 2)
    assert similarity(sketch(function(BASE)), sketch(function(twice))) < 1


def test_of_a_block_only_what_evolves_is_compared():
    fixed = "".join(f"def helper_{n}(x):\n    return x * {n}\n\n\n" for n in range(30))
    marks = "# EVOLVE-BLOCK-START\n{}# EVOLVE-BLOCK-END\n"
    specification = specification_of(fixed + marks.format("def f(x):\n    return x + 1\n"))
    one = specification.unit("def f(x):\n    return x + 1\n")
    other = specification.unit("def f(x):\n    for k in range(9):\n        x = x ** k\n    return -x\n")
    assert similarity(sketch(one), sketch(one)) == 1
    assert similarity(sketch(one), sketch(other)) < 0.5


def test_a_copy_of_a_parent_or_of_a_recent_program_of_the_island_is_turned_away():
    novelty = NoveltyFilter(0.9)
    near, far = function(BASE.replace("3.5", "4.5")), function("def f(x, y):\n    return x\n")
    assert novelty.why_refused(near, Kin(0, {})) is None
    assert "to program 7" in novelty.why_refused(near, Kin(0, {3: far, 7: function(BASE)}))
    assert novelty.why_refused(far, Kin(0, {7: function(BASE)})) is None
    novelty.remember(8, function(BASE), island=1)
    assert "to program 8" in novelty.why_refused(near, Kin(1, {}))
    assert novelty.why_refused(near, Kin(0, {})) is None
    for number in range(RECENT_PER_ISLAND):
        novelty.remember(9 + number, far, island=1)
    assert novelty.why_refused(near, Kin(1, {})) is None  # long ago


def test_a_threshold_of_one_turns_away_nothing_that_differs():
    novelty = NoveltyFilter(1.0)
    kin = Kin(0, {1: function(BASE)})
    assert novelty.why_refused(function(BASE), kin)
    assert novelty.why_refused(function(BASE.replace("3.5", "4.5")), kin) is None


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan"), float("inf")])
def test_a_threshold_that_is_no_similarity_is_refused(threshold):
    for make in (NoveltyFilter, lambda t: RunConfig("toy", novelty=t)):
        with pytest.raises(ConfigError, match=r"novelty=.*above 0 and at most 1"):
            make(threshold)


def run(world, evaluations, threshold):
    samplers = {"mutation": MutationSampler(world.specification)}
    evolution = world.evolution(workers=InlineWorkers(samplers, LengthEvaluator()))
    evolution.run(
        Budget(evaluations=evaluations), SilentObserver(), novelty=threshold and NoveltyFilter(threshold)
    )
    world.journal.close()
    return evolution.progress.samplers["mutation"]


def another(world, tmp_path_factory):
    return World(world.specification, tmp_path_factory.mktemp("other"))


def test_what_is_turned_away_is_counted_stored_and_not_paid_for(world):
    count = run(world, 100, 0.8)
    world.evolution()
    rejected = [c for _, cs, _ in world.journal.registrations() for c in cs if c.is_similar]
    world.journal.close()
    assert 5 < len(rejected) <= count.similar
    assert all(c.evaluation is None and "novelty filter: 0.8" in c.defect for c in rejected)
    assert count.evaluated == 100
    assert count.proposed >= count.evaluated + count.similar + count.duplicates + count.defective
    assert run(world, 100, 0.8) == count  # told from the journal


@pytest.mark.parametrize("cut", [1, 20, 57])
def test_a_resumed_run_turns_away_what_the_whole_one_does(world, tmp_path_factory, cut):
    world.config = ArchiveConfig(islands=2, opening_evaluations=10, reset_evaluations=30)
    whole = another(world, tmp_path_factory)
    whole.config = world.config
    run(whole, 100, 0.8)
    run(world, cut, 0.8)
    run(world, 100, 0.8)
    assert world.story() == whole.story()


def test_a_filter_changes_a_run_and_without_one_nothing_is_similar(world, tmp_path_factory):
    other = another(world, tmp_path_factory)
    assert run(world, 60, None).similar == 0
    assert run(other, 60, 0.7).similar > 0
    assert world.story() != other.story()


def progress_of(world, threshold):
    run(world, 40, threshold)
    evolution = world.evolution()
    evolution.run(Budget(evaluations=40), SilentObserver())
    world.journal.close()
    return evolution.progress


def test_a_filter_that_turned_away_nothing_says_so_loudly(world, tmp_path_factory):
    off = RunConfig("toy")
    assert facts_at_start(off)["novelty filter"] == "off"
    assert facts_at_end(off, progress_of(world, None)) == {}
    on, idle = RunConfig("toy", novelty=0.7), RunConfig("toy", novelty=1.0)
    assert "0.7" in facts_at_start(on)["novelty filter"]
    busy = progress_of(another(world, tmp_path_factory), 0.7)
    assert list(inactive_devices(on, busy)) == []
    assert "rejected" in facts_at_end(on, busy)["novelty filter"]
    [sentence] = inactive_devices(idle, progress_of(world, None))
    assert "was on and never active" in sentence


def test_elites_that_had_no_effect_are_told(world, tmp_path_factory):
    config = RunConfig("toy", archive=ArchiveConfig(elite_share=0.5))
    assert "50%" in facts_at_start(config)["elites"]
    [sentence] = inactive_devices(config, progress_of(world, None))  # this world keeps no niches
    assert "no island holds more than one niche" in sentence
    other = another(world, tmp_path_factory)
    other.config = ArchiveConfig(islands=2, opening_evaluations=10, elite_share=0.5)
    progress = progress_of(other, None)
    assert list(inactive_devices(config, progress)) == []
    assert "niches at the end" in facts_at_end(config, progress)["elites"]
