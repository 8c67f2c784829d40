"""Constraints in words bind the work to what they say, and to nothing that they do not say."""

import pytest

from agent.budget import Budget
from agent.errors import RequestRefused
from agent.requests.bound_words import Bound, bound_of
from agent.requests.terms import Terms, terms_of


@pytest.mark.parametrize(
    ("sentence", "thing", "value"),
    [
        ("at most 5 steps", "steps", 5), ("Use no more than five tool calls.", "steps", 5),
        ("5 steps max", "steps", 5), ("max steps: 5", "steps", 5), ("steps <= 5", "steps", 5),
        ("fewer than 6 calls", "steps", 5), ("Do not use more than 5 steps", "steps", 5),
        ("limit of 10 tool calls", "steps", 10), ("you must not make more than three function calls", "steps", 3),
        ("within 2 minutes", "seconds", 120), ("within 30 s", "seconds", 30), ("in 30s at most", "seconds", 30),
        ("finish in under an hour", "seconds", 3600), ("don\u2019t take longer than 2 min", "seconds", 120),
        ("It should take at most 1.5 hours", "seconds", 5400), ("500 ms or less", "seconds", 0.5),
        ("at most 2000 tokens", "tokens", 2000), ("2,000 tokens at most", "tokens", 2000),
        ("use up to 2k tokens in total", "tokens", 2000), ("tokens < 2000", "tokens", 1999),
        ("cost at most 0.05", "money", 0.05), ("spend no more than $0.05", "money", 0.05),
        ("The cost must not exceed 5 cents!", "money", 0.05), ("cost <= .05", "money", 0.05),
    ],
)  # fmt: skip
def test_a_bound_in_words_bounds_the_work(sentence, thing, value):
    terms = terms_of([sentence])
    assert getattr(terms, thing) == pytest.approx(value)
    assert terms.words == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "a recipe of at most 5 steps", "the answer has at most 5 steps", "at most 50 words",
        "at most -5 steps", "explain it in 5 steps", "at most 5 steps in the plan of the house", "steps",
        "at most five", "use the tokens", "at most 2000 tokens of the text are read aloud",
        "use only English", "do not use Python", "ask the oracle", "answer in English", "no questions of style",
        "do not use add to compute the total",
    ],
)  # fmt: skip
def test_what_speaks_of_something_else_stays_words(sentence):
    assert terms_of([sentence]) == Terms(words=(sentence,))


def test_bounds_from_below_are_told():
    terms = terms_of(["at least 3 steps", "more than 1 minute"])
    assert terms.least == (Bound("steps", "least", 3.0), Bound("seconds", "least", 60.0, True))


def test_the_narrowest_of_several_bounds_holds():
    assert terms_of(["at most 9 steps", "fewer than 4 steps", "at most 5 steps"]).steps == 3


@pytest.mark.parametrize(
    "sentence",
    [
        "no new tools", "No new tools.", "do not create new tools", "Don't make any tools", "create no tools",
        "without creating new tools", "use only existing tools", "Please never write new functions",
    ],
)  # fmt: skip
def test_that_no_tools_be_made_is_read(sentence):
    assert terms_of([sentence]) == Terms(may_create=False)


@pytest.mark.parametrize(
    "sentence",
    ["do not ask", "Do not ask me.", "don't ask me anything", "no questions", "never ask the user",
     "without asking me", "ask nothing", "You must not ask me", "Do not ask me any questions"],
)  # fmt: skip
def test_that_nobody_be_asked_is_read(sentence):
    assert terms_of([sentence]) == Terms(may_ask=False)


@pytest.mark.parametrize(
    "sentence",
    [
        "use only `add`, 'sub_two' and \"mul\"", "Use only the tools add, sub_two, and mul.",
        "only use the functions add, sub_two or mul", "use the tools add and sub_two and mul only",
        "call nothing but `add`, `sub_two`, `mul`",
    ],
)  # fmt: skip
def test_only_some_tools_may_be_used(sentence):
    terms = terms_of([sentence])
    assert terms == Terms(only=frozenset({"add", "sub_two", "mul"}))
    assert terms.allows("add")
    assert not terms.allows("delete_all")


@pytest.mark.parametrize(
    "sentence", ["do not use delete_all", "Never call the tool delete_all!", "without `delete_all`",
                 "avoid using delete_all", "don\u2019t use delete_all()"],
)  # fmt: skip
def test_a_tool_may_be_ruled_out(sentence):
    terms = terms_of([sentence])
    assert terms == Terms(never=frozenset({"delete_all"}))
    assert not terms.allows("delete_all")
    assert terms.allows("add")


def test_use_no_tools_leaves_none():
    for sentence in ("use no tools", "do not use any tools", "no tool calls"):
        assert not terms_of([sentence]).allows("add")


def test_a_word_that_may_be_a_tool_binds_and_is_told_as_well():
    assert terms_of(["use only add"]) == Terms(only=frozenset({"add"}), words=("use only add",))
    assert terms_of(["use only integers"], {"add"}.__contains__) == Terms(words=("use only integers",))
    assert terms_of(["use only add"], {"add"}.__contains__) == Terms(only=frozenset({"add"}))


def test_several_clauses_are_read_one_by_one():
    assert terms_of(["At most 5 steps and do not ask."]) == Terms(steps=5, may_ask=False)
    assert terms_of(["Within 2 minutes. No new tools; at most 9 steps"]) == Terms(
        seconds=120, may_create=False, steps=9
    )
    half = "At most 5 steps, and answer in English"
    assert terms_of([half]) == Terms(steps=5, words=(half,))


@pytest.mark.parametrize(
    ("constraints", "named"),
    [
        (["at most 3 steps", "at least 4 tool calls"], ("at most 3 steps", "at least 4 tool calls")),
        (["at least 5 minutes", "within 30 s"], ("within 30 s", "at least 5 minutes")),
        (["fewer than 3 steps", "more than 1 step", "more than 2 steps"], ("fewer than 3", "more than 2")),
        (["use only `add`", "never use `add`"], ("use only `add`", "never use `add`")),
        (["do not use the tool add", "use only the tool add"], ("do not use", "use only")),
        (["use only `add`", "use only `sub`"], ("use only `add`", "use only `sub`")),
        (["use only add, but do not use add"], ("which contradicts itself",)),
        (["at most 0 steps"], ("use no tools",)),
        (["less than 0 seconds"], ("less than 0 seconds",)),
        (["under 1 token"], ("under 1 token",)),
    ],
)
def test_terms_that_cannot_hold_together_are_refused(constraints, named):
    with pytest.raises(RequestRefused) as caught:
        terms_of(constraints)
    for words in named:
        assert words in str(caught.value)


def test_a_budget_is_narrowed_and_never_widened():
    budget = Budget(steps=10, tokens=None, seconds=60, price_read=1.0, money=2.0)
    terms = terms_of(["at most 5 steps", "at most 10 tokens", "within 2 minutes", "cost at most 0.5"])
    assert terms.narrowed(budget) == Budget(steps=5, tokens=10, seconds=60, price_read=1.0, money=0.5)
    assert Terms().narrowed(budget) == budget


def test_a_bound_on_money_needs_prices():
    with pytest.raises(RequestRefused, match="expected prices"):
        terms_of(["cost at most 0.5"]).narrowed(Budget())


def test_a_long_or_repetitive_sentence_is_read_at_once():
    for word in ("to ", "use ", "use only ", "a, ", "1,000 ", "it time ", "do not "):
        sentence = (word * 2_000)[:2_000]
        assert bound_of(sentence.strip()) is None
        assert terms_of([sentence]).words == (sentence,)
