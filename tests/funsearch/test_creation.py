"""Creation: from a sentence to a tool in the bank, with a scripted model and a real sandbox."""

from dataclasses import replace

import pytest

from evaluators import generate_tests
from evaluators.admission import WANTED_STRENGTH
from funsearch import creator
from funsearch.creation import create
from funsearch.creator import MOST_DRAFTS, Plan
from funsearch.exceptions import CreationError
from funsearch.task_loading import load_task
from language_models import ChatRequest
from language_models.scripted import ScriptedBackend
from language_models.trace_reader import read_traces
from language_models.traced_backend import TracedBackend
from language_models.traces import Traces
from programs import ToolSpecification
from sandbox import open_sandbox
from tool_bank import Tool, ToolBank, ToolTest
from tool_bank.scripted import ScriptedEncoder

WANTED = ToolSpecification(
    "count_vowels",
    "Counts the vowels a, e, i, o and u in a text, capital ones too.",
    "(text: str) -> int",
    ["f('Banana') == 3", "f('sky') == 0", "f('AEIOU and more') == 8"],
    requests=["how many vowels are in 'hello'"],
)
RIGHT = (
    "def count_vowels(text):\n    return sum(c in 'aeiou' for c in text.lower())\n",
    "def count_vowels(text):\n    n = 0\n    for c in text:\n        if c in 'aeiouAEIOU':\n            n += 1\n    return n\n",
    "import re\n\ndef count_vowels(text):\n    return len(re.findall('[aeiou]', text, re.IGNORECASE))\n",
)
WRONG = "def count_vowels(text):\n    return sum(c in 'aeiou' for c in text)\n"
HARD_CODED = "def count_vowels(text):\n    return {'Banana': 3, 'sky': 0, 'AEIOU and more': 8}.get(text, 0)\n"


@pytest.fixture(scope="module")
def box():
    with open_sandbox("auto", packages=()) as opened:
        yield opened


@pytest.fixture
def bank(tmp_path):
    with ToolBank.open(tmp_path / "bank", encoder=ScriptedEncoder()) as opened:
        yield opened


def writing(*programs):
    return ScriptedBackend([f"```python\n{program}```" for program in programs])


def test_programs_that_agree_make_an_active_tool_that_can_be_called_at_once(box, bank):
    made = create(WANTED, writing(*RIGHT, WRONG), box, bank)
    assert made.outcome == "active"
    assert made.admission.hidden == made.admission.visible == 1.0
    assert any(case.source == "consensus" for case in made.suite.cases)
    tool = bank.get("count_vowels")
    assert tool.status == "active"
    assert tool.integrity == "verified"
    assert tool.signature.documentation.startswith("Counts the vowels")
    assert tool.sandbox == box.backend
    assert bank.call("count_vowels", {"text": "Onomatopoeia"}) == 8


def test_a_created_tool_carries_its_tests_and_its_request(box, bank):
    made = create(WANTED, writing(*RIGHT), box, bank)
    tests = bank.tests("count_vowels")
    assert {"example", "consensus"} <= {test.origin for test in tests}
    assert ToolTest({"text": "Banana"}, 3, "example") in tests
    assert sum(test.hidden for test in tests) > 5
    assert bank.get("count_vowels").provenance["request"] == "how many vowels are in 'hello'"
    worse = Tool(
        name="count_vowels", description="Counts vowels.", function="count_vowels",
        source="def count_vowels(text: str) -> int:\n    return sum(c in 'aeiou' for c in text)\n",
    )  # fmt: skip
    refused = bank.challenge(worse)
    assert refused.outcome == "refused"
    assert refused.failed or refused.hidden_failed
    assert bank.get("count_vowels").version == made.version


def test_a_tool_that_the_bank_has_under_another_name_becomes_its_alias(box, bank):
    create(WANTED, writing(*RIGHT), box, bank)
    wanted = replace(WANTED, name="vowel_number", description="Gives the number of vowels a, e, i, o, u.")
    named = [program.replace("count_vowels", "vowel_number") for program in RIGHT]
    made = create(wanted, writing(*named), box, bank)
    assert made.outcome == "alias"
    assert made.why == "count_vowels does the same and answers for vowel_number, too"
    assert bank.names() == ["count_vowels"]
    assert bank.call("vowel_number", {"text": "Onomatopoeia"}) == 8
    silent = ScriptedBackend(lambda request: pytest.fail("the model was asked"))
    assert create(wanted, silent, box, bank).outcome == "known"


def test_a_program_that_knows_the_examples_alone_is_outvoted(box, bank):
    made = create(WANTED, writing(HARD_CODED, *RIGHT), box, bank)
    assert "Banana" not in made.source


def test_where_nobody_agrees_the_tool_is_provisional_and_says_why(box, bank):
    made = create(WANTED, writing(RIGHT[0]), box, bank)
    assert made.outcome == "provisional"
    assert "agree" in made.why
    assert bank.get("count_vowels").status == "provisional"


def test_failing_drafts_are_mended_with_the_failing_cases_shown(box, bank):
    others = (
        f"def count_vowels(text):\n    return {wrong}\n" for wrong in ("len(text)", "3", "text.count('o')")
    )
    backend = writing(WRONG, *others, *RIGHT)
    made = create(WANTED, backend, box, bank)
    assert made.outcome == "active"
    asked = [r.messages[-1].content for r in backend.requests if isinstance(r, ChatRequest)]
    mending = [question for question in asked if "This version is wrong" in question]
    assert mending
    assert "count_vowels('AEIOU and more') returned 3; expected 8" in mending[0]


def test_what_fails_an_example_is_kept_but_not_served(box, bank, tmp_path):
    made = create(WANTED, writing(WRONG), box, bank, Plan(minutes=0.001, directory=tmp_path / "making"))
    assert made.outcome == "candidate"
    assert made.why == "it does not meet an example"
    assert bank.get("count_vowels").status == "candidate"
    assert bank.search("how many vowels", 3) == []
    task = load_task(str(tmp_path / "making"))
    assert task.training(box).evaluate(task.specification.program.text).score < 1


def test_a_known_tool_is_not_made_again_and_another_of_its_name_is_refused(box, bank):
    create(WANTED, writing(*RIGHT), box, bank)
    silent = ScriptedBackend(lambda request: pytest.fail("the model was asked"))
    assert create(WANTED, silent, box, bank).outcome == "known"
    other = ToolSpecification("count_vowels", "Counts all letters.", "(text: str) -> int", ["f('ab') == 2"])
    with pytest.raises(CreationError, match="taken by a tool that behaves otherwise"):
        create(other, silent, box, bank)


def test_an_example_outside_the_precondition_is_refused_before_the_model_is_asked(box):
    wanted = ToolSpecification(
        "root", "Takes the whole square root.", "(n: int) -> int", ["f(-1) == 0"], precondition="n >= 0"
    )
    with pytest.raises(CreationError, match=r"example 'f\(-1\) == 0': outside the precondition 'n >= 0'"):
        create(wanted, ScriptedBackend(["x"]), box)


def test_without_examples_a_tool_is_on_trial_only(box, bank):
    wanted = ToolSpecification("count_vowels", WANTED.description, WANTED.signature)
    made = create(wanted, writing(*RIGHT), box, bank, Plan(minutes=0.2))
    assert made.outcome == "provisional"
    assert "no example" in made.why


def test_a_program_that_reaches_out_is_never_taken(box, bank):
    reaching = "import os\n\ndef count_vowels(text):\n    return sum(c in 'aeiou' for c in text.lower()) + 0 * len(os.sep)\n"
    made = create(WANTED, writing(reaching, *RIGHT), box, bank)
    assert made.outcome == "active"
    assert "os.sep" not in made.source


@pytest.mark.slow
def test_where_no_draft_is_right_evolution_goes_on_and_finds_the_small_step(box, bank):
    """Mutation alone reaches the right number from a draft that is off by one constant."""
    wanted = ToolSpecification(
        "scale", "Gives a number times seven plus two.", "(number: int) -> int",
        ["f(1) == 9", "f(2) == 16", "f(10) == 72"],
    )  # fmt: skip
    off = "def scale(number):\n    return number * 7 + 3\n"
    made = create(wanted, writing(off), box, bank, Plan(minutes=5))
    assert made.admission.visible == 1.0
    assert made.outcome == "provisional"


def test_half_of_the_time_and_no_more_is_spent_on_drafts_that_nobody_confirms(box):
    made = create(WANTED, writing(RIGHT[0]), box, plan=Plan(minutes=0.3))
    assert made.outcome == "provisional"
    assert 0 < made.spent.drafts <= MOST_DRAFTS


def test_tests_that_notice_too_few_mutants_are_joined_by_more(box, monkeypatch):
    told: list[str] = []

    def few_at_first(specification, programs, seed, *, box):
        suite = generate_tests(specification, programs, seed, box=box)
        return replace(suite, cases=suite.cases[: 4 if seed == 0 else None])

    monkeypatch.setattr(creator, "generate_tests", few_at_first)
    made = create(WANTED, writing(*RIGHT), box, plan=Plan(tell=told.append))
    assert any("making more" in line for line in told)
    assert len(made.suite.cases) > 4
    assert made.admission.strength >= WANTED_STRENGTH
    assert made.outcome == "active"


def test_the_programs_that_fail_fewest_examples_are_mended_in_turn(box, monkeypatch):
    monkeypatch.setattr(creator, "MOST_DRAFTS", 16)
    nearly = "def count_vowels(text):\n    return text.lower().count('a') + text.count('E')\n"
    backend = writing(WRONG, nearly)
    made = create(WANTED, backend, box, plan=Plan(minutes=0.3))
    assert made.outcome == "candidate"
    asked = [r.messages[-1].content for r in backend.requests if isinstance(r, ChatRequest)]
    mending = [question for question in asked if "This version is wrong" in question]
    assert [WRONG in question for question in mending].count(True) == 1
    assert [nearly in question for question in mending].count(True) == 1


def test_the_record_of_every_draft_says_what_it_scored(box, tmp_path):
    traces = Traces(tmp_path)
    backend = TracedBackend(writing(RIGHT[0], RIGHT[1], RIGHT[0], WRONG), traces, "create")
    made = create(WANTED, backend, box)
    traces.close()
    outcomes = [outcome for exchange in read_traces(tmp_path) for outcome in exchange.outcomes.values()]
    assert len(outcomes) == made.spent.drafts
    assert sum(outcome.accepted for outcome in outcomes) == 3 * made.spent.drafts // 4
    assert min(outcome.score for outcome in outcomes) < 1.0
