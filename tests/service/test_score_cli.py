"""`funsearch score` gives published figures, and refuses what is none with the reason and status 1."""

import json

import pytest

from tests.experiments.test_constructions import SQUARE, STRASSEN


@pytest.fixture
def scored(command, tmp_path):
    """Scores a construction; returns the exit status and what was told."""

    def run(task, construction, *more):
        path = tmp_path / "construction.json"
        path.write_text(construction if isinstance(construction, str) else json.dumps(construction))
        status, out, err = command("score", task, path, *more, "--json")
        return status, json.loads(out) if out else err

    return run


def test_a_construction_has_its_published_figure(scored):
    status, told = scored("matmul", STRASSEN, "--set", "n=2,m=2,p=2")
    assert (status, told["valid"], told["score"], told["better"]) == (0, True, 7.0, "smaller")
    status, told = scored("cap_set", SQUARE, "--set", "n=2")
    assert (status, told["valid"], told["score"], told["better"]) == (0, True, 4.0, "larger")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[0, 0], [0, 1], [0, 2]]", "three on a line"),
        ("[[0, NaN]]", "NaN"),
        ("[[0, Infinity]]", "Infinity"),
        ('{"n": 2, "n": 2, "vectors": []}', "twice"),
        ("[" * 100_000, "JSON"),
        ("", "JSON"),
        ("\ufeff[[0, 0]]", "JSON"),
        ("[[0, " + "9" * 5000 + "]]", "JSON"),
    ],
)
def test_what_is_no_construction_ends_with_status_1_and_the_reason(scored, text, why):
    status, told = scored("cap_set", text, "--set", "n=2")
    assert status == 1
    assert told["valid"] is False
    assert told["score"] is None
    assert why in told["reason"]


@pytest.mark.parametrize(
    "more", [("--set", "n"), ("--set", "m=3"), ("--set", "n=99"), ("--set", "n=two"), ("--data", "or3")]
)
def test_parameters_that_the_task_does_not_take_are_told(scored, more):
    status, told = scored("cap_set", SQUARE, *more)
    assert status == 1
    assert "expected" in told


@pytest.mark.parametrize("name", ["instances.txt", "instances.json"])
def test_a_users_own_instances_are_packed(command, tmp_path, bubblewrap, name):
    program = tmp_path / "p.py"
    program.write_text("def priority(item, bins):\n    return -(bins - item)\n")
    data = tmp_path / name
    library = "1\n one\n 10 4 2\n6\n4\n5\n5\n"
    data.write_text(
        library if name.endswith("txt") else json.dumps({"capacity": 10, "items": [[6, 4, 5, 5]]})
    )
    status, out, _ = command(
        "score", "bin_packing_or", program, "--data", data, "--sandbox", "bubblewrap", "--json"
    )
    told = json.loads(out)
    assert (status, told["score"], told["data"]) == (0, 0.0, name)


@pytest.mark.parametrize(
    "text", ["", "3\n", "{}", "{1", "1\n one\n 10 4 2\n6\n", '{"capacity": 10, "items": [[6.5]]}']
)
def test_a_file_that_holds_no_instances_is_told(command, tmp_path, text):
    program, data = tmp_path / "p.py", tmp_path / "data"
    program.write_text("def priority(item, bins):\n    return -bins\n")
    data.write_text(text)
    status, _, err = command("score", "bin_packing_or", program, "--data", data)
    assert status == 1
    assert "expected instances of bin packing" in err
