from pathlib import Path

import pytest

from agent.errors import RequestRefused
from agent.trials import Trial, read_trials


@pytest.mark.parametrize(
    ("expected", "tolerance", "right", "wrong"),
    [
        (8.39, 0.001, 8.3901, 8.4),
        (12, 0, 12.0, "12"),
        (True, 0, True, 1),
        ("4h 57m", 0, " 4h 57m\n", "4h57m"),
        ([1, [2.5]], 0, [1, [2.5]], [1, 2.5]),
        ({"a": 1}, 0, {"a": 1}, {"a": 1, "b": 2}),
    ],
)
def test_answers_are_checked_exactly(
    expected: object, tolerance: float, right: object, wrong: object
) -> None:
    trial = Trial("x", "x", expected, tolerance)
    assert trial.is_right(right)
    assert not trial.is_right(wrong)


def test_a_file_of_trials_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trials.toml"
    file.write_text(
        '[[request]]\nname = "a"\nobjective = "Say one."\nexpected = 1\nsolution = "answer = 1"\n'
    )
    assert read_trials(file) == [Trial("a", "Say one.", 1)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no toml", "expected TOML"),
        ("x = 1", "request: Field required"),
        ('[[request]]\nname = "a"\nobjective = "b"', "request.0.expected: Field required"),
        ('[[request]]\nname = "a"\nobjective = "b"\nexpected = 1\n' * 2, "different names"),
    ],
)
def test_a_file_that_holds_none_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "trials.toml"
    file.write_text(text)
    with pytest.raises(RequestRefused, match=complaint) as refused:
        read_trials(file)
    assert "trials.toml" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match=r"none\.toml: expected a TOML file"):
        read_trials(tmp_path / "none.toml")
