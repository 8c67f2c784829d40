"""What comes in becomes a wish, or exact words on why not."""

import pytest

from agent.errors import AgentError, RequestRefused
from agent.request import ToolOrder, Wish
from agent.requests.request_form import LONGEST_OBJECTIVE, MOST_ENTRIES, fields_of, wish_of

OBJECTIVE = "Add the prices."


def refusal(fields):
    with pytest.raises(RequestRefused) as caught:
        wish_of(fields)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, AgentError)
    text = str(caught.value)
    assert len(text) < 1000, "a refusal is short, whatever was sent"
    text.encode()  # and can be shown anywhere
    return text


def test_a_wish_is_made_of_all_that_may_be_given():
    wish = wish_of(
        {
            "objective": f"  {OBJECTIVE}\n",
            "requirements": ["answer == 3", "a short text"],
            "constraints": ("at most 5 steps",),
            "documents": ["prices.csv"],
            "user": "ann",
            "tool": {
                "name": "total", "description": "Adds numbers.", "examples": ["f([1, 2]) == 3"],
                "signature": "(numbers: list[int]) -> int",
            },
        }
    )  # fmt: skip
    assert wish == Wish(
        OBJECTIVE, ("answer == 3", "a short text"), ("at most 5 steps",), ("prices.csv",), "ann",
        ToolOrder("total", "Adds numbers.", ("f([1, 2]) == 3",), "(numbers: list[int]) -> int"),
    )  # fmt: skip
    assert wish_of(fields_of(wish)) == wish


def test_an_objective_is_enough():
    assert wish_of({"objective": OBJECTIVE}) == Wish(OBJECTIVE)
    assert wish_of({"objective": "ﬁx 中文 🙂", "tool": None}).objective == "ﬁx 中文 🙂"


@pytest.mark.parametrize(
    ("objective", "found"),
    [
        ("", "found nothing"), (" \n\t", "blanks only"), ("\u200b\ufeff", "blanks only"), (None, "found nothing"),
        (3, "found int (3)"), (["x"], "found list"), (b"x", "found bytes"), ("a\0b", "a NUL at 1"),
        ("a\ud800", "half a surrogate pair at 1"), ("x" * (LONGEST_OBJECTIVE + 1), "found 20,001"),
        ("x" * 1_000_000, "found 1,000,000"),
    ],
)  # fmt: skip
def test_an_objective_that_is_none_is_refused(objective, found):
    text = refusal({"objective": objective})
    assert text.startswith("objective: expected ")
    assert found in text


def test_the_longest_objective_is_taken():
    assert len(wish_of({"objective": "x" * LONGEST_OBJECTIVE}).objective) == LONGEST_OBJECTIVE


@pytest.mark.parametrize("field", ["requirements", "constraints", "documents"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("one text", "expected a list of texts, found str"), (None, "expected a list of texts, found nothing"),
        (["a", " "], "entry 2: expected something to read"), ([3], "entry 1: expected text, found int (3)"),
        (["x"] * (MOST_ENTRIES + 1), "expected at most 100 entries, found 101"),
        (["x" * 5_000], "characters, found 5,000"), (["\0"], "NUL"), (["\udfff"], "surrogate"),
        ({"a": 1}, "found dict"),
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_by_its_name(field, value, said):
    text = refusal({"objective": OBJECTIVE, field: value})
    assert text.startswith(f"{field}: ")
    assert said in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"objetive": "x"}, "is objective meant?"),
        ({"objective": "x", "zzz": 1}, "'zzz': expected one of the fields objective, requirements"),
        ({"objective": "x", "\ud800": 1}, "expected one of the fields"),
        ({"objective": "x", 1: 1}, "'1': expected one of"),
        ({}, "objective: expected text, found nothing"),
        ([1], "expected an object with an objective, found list"),
        ("text", "found str"),
        (None, "found nothing"),
        ({"objective": "x", "user": ""}, "user: expected something to read"),
        ({"objective": "x", "user": "a\nb"}, "user: expected one line"),
        ({"objective": "x", "user": "u" * 300}, "user: expected at most 200"),
    ],
)
def test_other_fields_are_refused_with_what_would_do(fields, said):
    assert said in refusal(fields)


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (3, "tool: expected an object or nothing, found int (3)"),
        ({"name": "total"}, "tool.description: expected text, found nothing"),
        ({"name": "1x", "description": "Adds numbers."}, "tool: name: expected a Python identifier"),
        ({"name": "x", "description": "Adds."}, "tool: description"),
        ({"name": "x", "description": "Adds numbers.", "signature": "(a"}, "tool: signature"),
        ({"name": "x", "description": "Adds numbers.", "examples": ["f(1)"]}, "tool: example"),
        (
            {"name": "x", "description": "Adds numbers.", "examples": ["f(1) == 2", "f(1) == 3"]},
            "contradict each other",
        ),
        ({"name": "x", "description": "Adds numbers.", "exampels": []}, "is examples meant?"),
    ],
)
def test_an_order_of_a_tool_keeps_to_what_tools_are(tool, said):
    assert said in refusal({"objective": OBJECTIVE, "tool": tool})


@pytest.mark.parametrize(
    ("requirements", "constraints"),
    [
        (["answer == 3", "answer == 4"], []),
        (["answer > 5", "answer < 2"], []),
        (["answer == 3.5", "answer <= 3"], []),
        (["5 < answer", "4 >= answer"], []),
        (["answer > 2", "answer <= 2"], []),
        (["answer == 'a'", "answer == 1"], []),
        (["answer == 3", "answer != 3"], []),
        (["answer in [1, 2]", "answer == 3"], []),
        (["answer in [1, 2]", "answer in (3, 4)"], []),
        (["answer in [1, 2]", "answer not in [1, 2, 3]"], []),
        (["len(answer) == 2", "len(answer) >= 3"], []),
        (["answer['a'] == 2", "answer['a'] == 3"], []),
        (["answer is None", "answer == 3"], []),
        (["isinstance(answer, str)", "not isinstance(answer, str)"], []),
        (["not (answer < 5 or answer > 9)", "answer == 4"], []),
        (["answer == 3 and answer > 1", "answer < 2"], []),
        (["2 < answer < 1"], []),
        (["The answer must be short.", "the answer mustn't be short"], []),
        (["answer in English"], ["Do not answer in English."]),
        ([], ["answer in English", "never answer in English"]),
        ([], ["Answer only in English", "please don\u2019t answer in English!"]),
        ([], ["with commas", "without commas"]),
        ([], ["use only `add`", "do not use `add`"]),
        ([], ["use at most 3 tool calls", "use at least 5 tool calls"]),
        ([], ["Be brief. Do not be brief."]),
    ],
)
def test_what_cannot_hold_together_is_refused_and_both_are_named(requirements, constraints):
    fields = {"objective": OBJECTIVE, "requirements": requirements, "constraints": constraints}
    text = refusal(fields)
    assert "expected what can hold together" in text
    for told in requirements + constraints:
        assert told.rstrip(".!") in text or repr(told)[1:-1] in text


@pytest.mark.parametrize(
    ("requirements", "constraints"),
    [
        (["answer == 3", "answer == 3.0", "answer > 2", "answer != 4", "answer in (1, 2, 3)"], []),
        (["answer > 2", "answer < 3"], []),
        (["answer >= 2", "answer <= 2"], []),
        (["answer['a'] == 2", "answer['b'] == 3"], []),
        (["answer > 2", "answer > 'a'"], []),
        (["answer == 3 or answer == 4", "answer == 4"], []),
        (["'no' in answer", "'a' in answer"], []),
        (["answer in English", "short"], ["do not answer in French"]),
        ([], ["at most 5 steps", "at least 5 steps", "at most 2000 tokens", "at least 1 minute"]),
        ([], ["use only `add` and `sub`", "do not use `mul`"]),
        ([], ["do not ask", "answer in English", "do not use recursion"]),
    ],
)
def test_what_goes_together_is_taken(requirements, constraints):
    wish = wish_of({"objective": OBJECTIVE, "requirements": requirements, "constraints": constraints})
    assert wish.requirements == tuple(requirements)


def test_an_order_of_a_tool_and_a_ban_on_new_tools_cannot_hold_together():
    tool = {"name": "total", "description": "Adds numbers."}
    fields = {"objective": OBJECTIVE, "tool": tool, "constraints": ["no new tools"]}
    assert "the order of the tool total" in refusal(fields)
    assert wish_of({**fields, "constraints": []}).tool is not None


def test_many_and_deep_requirements_are_read_in_bounds():
    many = [" and ".join(f"answer != {100 * entry + number}" for number in range(90)) for entry in range(100)]
    deep = "(" * 900 + "answer" + ")" * 900
    wish = wish_of({"objective": OBJECTIVE, "requirements": [*many[:99], deep]})
    assert len(wish.requirements) == 100
