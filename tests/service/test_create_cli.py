"""`funsearch create`: a card at the end, and one clear message for whatever cannot be worked with."""

import json

import pytest

from language_models.scripted import ScriptedBackend

RIGHT = (
    "def double(number):\n    return number * 2\n",
    "def double(number):\n    return number + number\n",
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(monkeypatch):
    """Answers with right programs in turn."""
    from contextlib import nullcontext

    backend = ScriptedBackend([f"```python\n{program}```" for program in RIGHT])
    monkeypatch.setattr("funsearch.samplers.chat_backend", lambda: nullcontext(backend))
    return backend


ASKED = ("create", "double", "Doubles a whole number.", "--signature", "(number: int) -> int")


def test_a_tool_is_created_and_called_at_once(command, model):
    status, out, err = command(*ASKED, "--example", "f(2) == 4", "--example", "f(-3) == -6", "--json")
    assert status == 0, err
    card = json.loads(out)
    assert card["outcome"] == "active"
    assert card["tests"]["consensus"] > 20
    assert card["admission"]["hidden"] == 1.0
    status, out, _ = command("tools", "call", "double", '{"number": 21}')
    assert (status, json.loads(out)) == (0, 42)


def test_the_card_shows_how_the_tool_is_called(command, model):
    _, out, _ = command(*ASKED, "--example", "f(2) == 4", "--example", "f(-3) == -6")
    assert "funsearch tools call double '{\"number\": 2}'" in " ".join(out.split())


def test_a_specification_may_stand_in_a_file(command, model, tmp_path):
    (tmp_path / "double.toml").write_text(
        'name = "double"\ndescription = "Doubles a whole number."\nsignature = "(number: int) -> int"\n'
        "examples = ['f(2) == 4', 'f(-3) == -6']\n"
    )
    status, out, err = command("create", "--file", "double.toml", "--json")
    assert status == 0, err
    assert json.loads(out)["name"] == "double"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create",), "expected NAME and DESCRIPTION"),
        (("create", "double", "one"), "description"),
        (("create", "1x", "Doubles a number."), "Python identifier"),
        ((*ASKED, "--example", "f(2) = 4"), "expected the form"),
        ((*ASKED, "--example", "f(2) == 4", "--example", "f(2) == 5"), "contradict each other"),
        ((*ASKED, "--example", "f('2') == 4"), "expected int"),
        ((*ASKED, "--precondition", "number >"), "Python expression"),
        ((*ASKED, "--precondition", "number > 2", "--example", "f(2) == 4"), "outside the precondition"),
        (("create", "double", "Doubles a number.", "--signature", "(f: Callable) -> int"), "type Callable"),
        (("create", "--file", "none.toml"), "none.toml"),
    ],
)
def test_what_cannot_be_worked_with_is_one_message_and_no_traceback(command, model, arguments, message):
    status, out, err = command(*arguments)
    assert status != 0
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_without_any_model_what_to_do_is_said(command, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path / "models"))
    for name in ("OPENAI_BASE_URL", "FUNSEARCH_MODEL_FILE"):
        monkeypatch.delenv(name, raising=False)
    status, _, err = command(*ASKED)
    assert status != 0
    assert "make model" in err
