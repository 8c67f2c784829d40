from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.action import Action
from agent.budget import Budget, Meter
from agent.channel import RequestChannel, is_consent
from agent.errors import Suspended
from agent.operations import Operations
from agent.request import Question, QuestionKind
from agent.toolbox import Toolbox
from sandbox import Sandbox
from tests.agent.doubling import DOUBLE
from tool_bank import ToolBank
from tool_bank.database import Database

HALVE = "def halve_it(number: float) -> float:\n    return number / 2\n"
SCHEMA = {
    "type": "object",
    "properties": {"to": {"type": "string"}},
    "required": ["to"],
    "additionalProperties": False,
}


class Answers:
    """A user who answers what is in the list, then nothing."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def ask(self, text: str, kind: QuestionKind = "information") -> str:
        self.asked.append((kind, text))
        if not self.answers:
            raise Suspended(text)
        return self.answers.pop(0)


@pytest.fixture
def bank(tmp_path: Path, box: Sandbox) -> Iterator[ToolBank]:
    with ToolBank.open(tmp_path / "bank", sandbox=box) as opened:
        opened.add(DOUBLE)
        yield opened


def operations(database: Database, request_id: str) -> Operations:
    return Operations(database, request_id, Meter(Budget()))


def test_a_tool_of_the_bank_is_called_once_for_a_request_and_its_use_is_on_the_ledger(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    for _ in range(2):
        toolbox = Toolbox(operations(database, request_id), Answers(), "twice four", bank)
        assert toolbox.call("double_it", {"number": 4}).value == 8
        assert toolbox.used == ["double_it"]
    assert bank.stats().calls == 1


def test_planners_see_a_signature_and_no_source(database: Database, request_id: str, bank: ToolBank) -> None:
    toolbox = Toolbox(operations(database, request_id), Answers(), "", bank)
    face = toolbox.face("double_it")
    assert face is not None
    assert (face.signature, face.description) == ("(number: int) -> int", "Doubles a number.")
    assert "return" not in repr(face)
    assert toolbox.face("nothing") is None


def test_a_tool_that_was_made_since_is_not_there_when_the_work_is_run_again(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    toolbox = Toolbox(operations(database, request_id), Answers(), "", bank)
    assert toolbox.face("halve_it") is None
    bank.add(DOUBLE.model_copy(update={"name": "halve_it", "source": HALVE, "function": "halve_it"}))
    assert toolbox.face("halve_it") is not None
    again = Toolbox(operations(database, request_id), Answers(), "", bank)
    assert [face and face.name for face in (again.face("halve_it"), again.face("halve_it"))] == [
        None,
        "halve_it",
    ]


def test_what_goes_wrong_with_a_call_is_a_value(database: Database, request_id: str, bank: ToolBank) -> None:
    toolbox = Toolbox(operations(database, request_id), Answers(), "", bank)
    assert "expected integer" in toolbox.call("double_it", {"number": "x"}).error
    assert "nothing" in toolbox.call("nothing", {}).error
    assert toolbox.used == []


def acting(done: list[str], *, has_effects: bool = True) -> Action:
    return Action("send_mail", "Sends a mail.", SCHEMA, lambda to: done.append(to), has_effects)


def test_an_action_with_effects_waits_for_consent_to_this_very_call(
    database: Database, request_id: str
) -> None:
    done: list[str] = []
    user = Answers("no", "yes")
    toolbox = Toolbox(operations(database, request_id), user, "", None, [acting(done)])
    assert "did not consent" in toolbox.call("send_mail", {"to": "Ann"}).error
    assert done == []
    assert toolbox.call("send_mail", {"to": "Bob"}).error == ""
    assert done == ["Bob"]
    assert [kind for kind, _ in user.asked] == ["consent", "consent"]
    assert '"Ann"' in user.asked[0][1]


def test_an_action_with_consent_acts_once_in_all_lives(database: Database, request_id: str) -> None:
    done: list[str] = []
    for _ in range(2):
        toolbox = Toolbox(operations(database, request_id), Answers("yes"), "", None, [acting(done)])
        toolbox.call("send_mail", {"to": "Ann"})
    assert done == ["Ann"]


def test_an_action_without_effects_asks_nobody(database: Database, request_id: str) -> None:
    done: list[str] = []
    toolbox = Toolbox(
        operations(database, request_id), Answers(), "", None, [acting(done, has_effects=False)]
    )
    toolbox.call("send_mail", {"to": "Ann"})
    assert done == ["Ann"]


class Mute(Exception):
    """An error that cannot even be told."""

    def __str__(self) -> str:
        raise ValueError


def _raising(error: BaseException) -> Callable[..., object]:
    def act(to: str) -> object:
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (_raising(RuntimeError("no post today")), "send_mail raised RuntimeError: no post today"),
        (_raising(SystemExit(3)), "send_mail raised SystemExit: 3"),
        (_raising(Mute()), "send_mail raised Mute: an error that does not tell what it is"),
        (lambda to: float("nan"), "send_mail was done, and returned what JSON has no word for"),
        (lambda to: object(), "send_mail was done, and returned what JSON has no word for"),
        (lambda to: itself(), "send_mail was done, and returned what JSON has no word for"),
        (lambda to: [to, (1, 2.5)], ""),
    ],
)
def test_whatever_an_action_raises_or_returns_is_an_answer(
    database: Database, request_id: str, act: Callable[..., object], told: str
) -> None:
    action = Action("send_mail", "Sends a mail.", SCHEMA, act, has_effects=False)
    answer = Toolbox(operations(database, request_id), Answers(), "", None, [action]).call(
        "send_mail", {"to": "Ann"}
    )
    assert answer.error == told
    assert answer.value == (None if told else ["Ann", [1, 2.5]])


def itself() -> list[object]:
    """A list that holds itself."""
    endless: list[object] = []
    endless.append(endless)
    return endless


def test_wrong_arguments_are_told_before_the_user_is_asked(database: Database, request_id: str) -> None:
    user = Answers("yes")
    toolbox = Toolbox(operations(database, request_id), user, "", None, [acting([])])
    assert "to" in toolbox.call("send_mail", {}).error
    assert user.asked == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("yes", True), (" Yes. ", True), ("y", True), ("no", False), ("", False), ("yes but not now", False)],
)
def test_only_a_clear_yes_is_consent(answer: str, expected: bool) -> None:
    assert is_consent(answer) is expected


def test_a_question_ends_the_work_until_it_is_answered(database: Database, request_id: str) -> None:
    put: list[Question] = []
    channel = RequestChannel(operations(database, request_id), lambda question: None, put.append)
    with pytest.raises(Suspended):
        channel.ask("Which city?")
    answers = {put[0].id: "Rome"}
    later = RequestChannel(
        operations(database, request_id), lambda question: answers.get(question.id), put.append
    )
    assert later.ask("Which city?") == "Rome"
    assert len(put) == 1


def test_what_a_request_does_not_allow_is_not_there(
    database: Database, request_id: str, bank: ToolBank
) -> None:
    done: list[str] = []
    toolbox = Toolbox(
        operations(database, request_id), Answers("yes", "yes"), "", bank, [acting(done)], lambda name: False
    )
    assert toolbox.search("double a number") == []
    assert toolbox.actions == []
    assert "does not allow" in toolbox.call("double_it", {"number": 4}).error
    assert "does not allow" in toolbox.call("send_mail", {"to": "Ann"}).error
    assert done == []
