"""Affordance: blind first, then by what the bank has; missing only what nothing covers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.planning.affordance import Affordance
from agent.planning.tool_fit import FitParser
from agent.planning.tool_kind import KindsParser, ToolKind
from agent.planning.tool_order import OrderParser
from agent.request import ToolOrder, Wish
from agent.requests.terms import Terms
from agent.tool_face import ToolFace
from language_models import Chat, Completion, ModelRequestFailed, ModelUnavailable, ParseError
from language_models.scripted import Answers, ScriptedBackend
from tool_bank.lexical_index import words


def face(name: str, description: str, *, has_effects: bool = False) -> ToolFace:
    return ToolFace(name, "(text: str) -> str", description, {"type": "object"}, has_effects)


SLUG = face("make_slug", "Makes a URL slug of a title.")
SECONDS = face("duration_to_seconds", "Turns a duration such as '1h30m' into seconds.")
TITLE = face("title_case", "Writes a title in title case.")
MAIL = face("send_mail", "Sends a mail to somebody.", has_effects=True)


class Tools:
    """Tools that are found by the words that they share with a query."""

    def __init__(self, *faces: ToolFace, actions: Sequence[ToolFace] = ()) -> None:
        self.faces, self.actions = faces, actions
        self.queries: list[str] = []

    def search(self, query: str, k: int = 5) -> list[ToolFace]:
        self.queries.append(query)
        wanted = set(words(query))
        near = [(len(wanted.intersection(words(f"{f.name} {f.description}"))), f) for f in self.faces]
        best = sorted((entry for entry in near if entry[0]), key=lambda entry: -entry[0])
        return [found for _, found in best[:k]]

    def face(self, name: str) -> ToolFace | None:
        return next((found for found in (*self.faces, *self.actions) if found.name == name), None)


def affordance(answers: Answers, tools: Tools) -> tuple[Affordance, ScriptedBackend]:
    backend = ScriptedBackend(answers)
    return Affordance(Chat(backend), tools), backend


BLIND = 'slugify("Hello World")  # makes a URL slug of a title\n'
WISH = Wish("Give me the slug of 'Hello World'")
ORDER = '''```python
def morse(text: str) -> str:
    """Writes a text in Morse code."""
    ...

morse('SOS') == '... --- ...'
morse('E') == '.'
```'''


def test_the_first_question_shows_no_tool_and_its_answer_is_searched_for() -> None:
    tools = Tools(SLUG, SECONDS, TITLE)
    found, backend = affordance([BLIND, '{"slugify": "make_slug"}'], tools)
    needs = found.find(WISH)
    first = " ".join(message.content for message in backend.requests[0].messages)  # type: ignore[union-attr]
    assert "make_slug" not in first
    assert tools.queries == [WISH.objective, "slugify: makes a URL slug of a title"]
    assert needs.faces[0] == SLUG
    assert needs.missing == ()
    line = 'slugify("Hello World")  # makes a URL slug of a title'
    assert needs.kinds == (
        ToolKind("slugify", "makes a URL slug of a title", 'slugify("Hello World")', line),
    )
    assert len(backend.requests) == 2


def test_what_nothing_covers_is_declared_missing_with_examples() -> None:
    answers = ['morse_code("SOS")  # writes Morse\n', '{"morse_code": "missing"}', ORDER]
    needs = affordance(answers, Tools(SLUG))[0].find(Wish("SOS in Morse code, please"))
    assert needs.missing == (
        ToolOrder(
            "morse",
            "Writes a text in Morse code.",
            ("morse('SOS') == '... --- ...'", "morse('E') == '.'"),
            "(text: str) -> str",
        ),
    )


def test_a_missing_tool_is_searched_for_once_more_by_its_description() -> None:
    hidden = face("to_signals", "Signals in dots and dashes for telegraphs.")
    order = ORDER.replace("Writes a text in Morse code.", "Gives telegraphs dots and dashes.")
    answers = ['code("SOS")  # encodes\n', '{"code": "missing"}', order, '{"morse": "to_signals"}']
    needs = affordance(answers, Tools(hidden))[0].find(Wish("SOS, please"))
    assert (needs.faces, needs.missing) == ((hidden,), ())


def test_plain_python_is_no_tool_that_is_missing() -> None:
    needs = affordance(["add(1, 2)  # adds\n", '{"add": "plain_python"}'], Tools(SLUG))[0].find(Wish("1 + 2"))
    assert needs.missing == ()


def test_a_bad_order_is_told_back_once_and_then_dropped() -> None:
    bad = ORDER.replace("'. '", "'.'").replace("morse('E') == '.'", "morse('SOS') == 'other'")
    start = ['morse_code("SOS")  # writes Morse\n', '{"morse_code": "missing"}']
    mended, backend = affordance([*start, bad, ORDER], Tools())
    assert [order.name for order in mended.find(Wish("SOS")).missing] == ["morse"]
    told = backend.requests[-1].messages[-1].content  # type: ignore[union-attr]
    assert "contradict each other" in told
    dropped, backend = affordance([*start, bad, bad], Tools())
    assert dropped.find(Wish("SOS")).missing == ()
    assert len(backend.requests) == 4


def test_no_tool_is_declared_missing_where_none_may_be_made() -> None:
    found, backend = affordance([BLIND], Tools(SLUG, SECONDS))
    needs = found.find(WISH, None, Terms(may_create=False))
    assert (needs.faces[0], needs.missing, len(backend.requests)) == (SLUG, (), 1)


def test_only_and_never_are_kept() -> None:
    tools = Tools(SLUG, TITLE, SECONDS)
    never = affordance([BLIND, "{}"], tools)[0].find(WISH, None, Terms(never=frozenset({"make_slug"})))
    assert SLUG not in never.faces
    only = affordance([BLIND, "{}"], tools)[0].find(
        WISH, None, Terms(only=frozenset({"duration_to_seconds", "none"}))
    )
    assert only.faces == (SECONDS,)
    forbidden = Terms(never=frozenset({"morse"}))
    start = ['morse_code("SOS")  # writes Morse\n', '{"morse_code": "missing"}', ORDER]
    assert affordance(start, tools)[0].find(Wish("SOS"), None, forbidden).missing == ()


def test_actions_are_offered_where_they_are_near() -> None:
    tools = Tools(SLUG, actions=[MAIL])
    near = affordance(['send("a")  # sends a mail\n', '{"send": "send_mail"}'], tools)[0].find(
        Wish("Tell Ann hello")
    )
    far = affordance([BLIND, '{"slugify": "make_slug"}'], tools)[0].find(WISH)
    assert MAIL in near.faces
    assert MAIL not in far.faces


@pytest.mark.parametrize("answers", [["I cannot help."], [ModelRequestFailed("down")], ["[1, 2", "{]"]])
def test_nonsense_of_the_model_leaves_what_the_objective_finds(answers: Answers) -> None:
    needs = affordance(answers, Tools(SLUG, SECONDS))[0].find(WISH)
    assert needs.faces[0] == SLUG
    assert needs.missing == ()


def test_a_choice_that_is_none_is_passed_over() -> None:
    kinds = (ToolKind("f", "", ""), ToolKind("g", "", ""))
    parser = FitParser(kinds, ["make_slug"])
    said = 'Sure!\n```json\n{"f": "make_slug", "g": "rm -rf", "h": 3}\n```'
    assert parser.parse(Completion(said, "stop")) == {"f": "make_slug"}
    with pytest.raises(ParseError, match="expected JSON such as"):
        parser.parse(Completion("make_slug", "stop"))
    assert parser.forms.ranked[0].schema is not None


def test_no_model_at_all_is_told() -> None:
    with pytest.raises(ModelUnavailable):
        affordance([ModelUnavailable("none")], Tools(SLUG))[0].find(WISH)


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ('f("1h")  # turns it\n', [("f", "turns it", 'f("1h")')]),
        ('1. `f("(")` - turns it', [("f", "turns it", 'f("(")')]),
        ("```python\nx = f(g(1), [2])  # both\n```", [("f", "both", "f(g(1), [2])")]),
        ("- f(…): turns it", [("f", "turns it", "f(…)")]),
        ("f(1)\nf(2)  # again\nprint(f(1))\ndef h(x):\n# g(1)", [("f", "", "f(1)")]),
    ],
)
def test_kinds_are_read_however_they_are_listed(reply: str, kinds: list[tuple[str, str, str]]) -> None:
    found = KindsParser().parse(Completion(reply, "stop"))
    assert [(kind.name, kind.sentence, kind.call) for kind in found] == kinds


def test_what_names_no_function_is_told_back() -> None:
    with pytest.raises(ParseError, match="expected calls of functions"):
        KindsParser().parse(Completion("You need a slug library.", "stop"))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("no code at all", "no Python|no function"),
        ("```python\nf(1) == 2\n```", "no function"),
        ("```python\ndef f(x: int) -> int:\n    '''Doubles it.'''\n```", "expected examples"),
        ("```python\ndef f(x: int) -> int:\n    '''Doubles it.'''\nf(1) == 'a'\n```", "fits"),
    ],
)
def test_an_order_says_what_is_wrong_with_it(reply: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        OrderParser().parse(Completion(reply, "stop"))


def test_an_order_without_types_leaves_its_signature_to_be_found() -> None:
    reply = "def f(x):\n    '''Doubles it.'''\n    return 2 * x\nassert f(1) == 2\n"
    order = OrderParser().parse(Completion(reply, "stop"))
    assert order == ToolOrder("f", "Doubles it.", ("f(1) == 2",))
