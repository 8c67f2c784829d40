"""Every command by the tree of the app itself: help with an example that parses, --json, options that say what they do."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import typer

from service.cli import app
from service.errors import MEANINGS, ExitStatus
from service.help_cli import MARK, Help

ROOT = typer.main.get_command(app)


@dataclass(frozen=True)
class Placed:
    """A command of the tree and the words that lead to it."""

    words: tuple[str, ...]
    command: Any

    @property
    def is_group(self) -> bool:
        return hasattr(self.command, "commands")

    def examples(self) -> tuple[str, ...]:
        lines = (self.command.epilog or "").replace("\\[", "[").splitlines()
        return tuple(line.removeprefix(f"{MARK} ") for line in lines)


def placed(command: Any, words: tuple[str, ...] = ()) -> Iterator[Placed]:
    yield Placed(words, command)
    for name, inner in getattr(command, "commands", {}).items():
        yield from placed(inner, (*words, name))


ALL = [*placed(ROOT)]
COMMANDS = [one for one in ALL if not one.is_group]


def named(one: Placed) -> str:
    return " ".join(one.words) or "funsearch"


def parsed(line: str) -> Placed:
    """The command that a line calls, with its arguments parsed; raises what the command line itself would."""
    program, *words = shlex.split(line)
    assert program == "funsearch"
    command, path = ROOT, []
    while hasattr(command, "commands"):
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    command.make_context(path[-1], words)
    return Placed(tuple(path), command)


def test_the_tree_is_walked() -> None:
    assert {("evolve",), ("tools", "search"), ("requests", "answer"), ("serve",)} <= {
        c.words for c in COMMANDS
    }


@pytest.mark.parametrize("one", ALL, ids=named)
def test_help_ends_with_examples_that_the_command_itself_parses(one, command):
    status, out, err = command(*one.words, "--help")
    assert (status, err) == (0, "")
    assert one.examples(), f"`{named(one)}` shows no example"
    assert " ".join(out.split()).endswith(" ".join(one.examples()[-1].split()))
    for line in one.examples():
        found = parsed(line)
        assert found.words[: len(one.words)] == one.words
        assert one.is_group or found.words == one.words


@pytest.mark.parametrize(
    "line", ["funsearch score bin_packing_or", "funsearch runs --magic", "funsearch serve --port x"]
)
def test_an_example_that_does_not_parse_would_be_noticed(line):
    with pytest.raises(Exception, match="Missing|No such option|valid integer"):
        parsed(line)


@pytest.mark.parametrize("one", COMMANDS, ids=named)
def test_every_command_takes_json(one):
    assert "--json" in [text for param in one.command.params for text in param.opts]


@pytest.mark.parametrize("one", ALL, ids=named)
def test_everything_has_help(one):
    assert (one.command.help or "").strip()
    for param in one.command.params:
        assert (getattr(param, "help", "") or "").strip(), f"{named(one)}: {param.name} has no help"


def test_an_example_may_be_broken_into_lines_and_hold_brackets():
    found = Help.read('Does it.\n\n    More.\n\n    Example: funsearch x\n    --inputs "[a]"\n    ')
    assert found == Help("Does it.\n\nMore.", ('funsearch x --inputs "[a]"',))
    assert found.epilog == 'Example: funsearch x --inputs "\\[a]"'


def test_the_codes_of_exit_are_told_by_help(command):
    out = command("--help")[1]
    for status, meaning in MEANINGS.items():
        assert re.search(rf"\b{status}  {re.escape(meaning)}", out)
    assert set(MEANINGS) == set(ExitStatus)


def test_the_version_is_said(command):
    status, out, _ = command("--version")
    assert status == 0
    assert re.fullmatch(r"funsearch \d+\.\d+\.\d+\S*\n", out)


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["evolv"], "'evolve'"), (["tools", "serch"], "'search'"), (["runs", "--jsn"], "--json")],
)
def test_what_is_unknown_is_told_with_what_is_near(command, words, meant):
    status, out, err = command(*words)
    assert (status, out) == (ExitStatus.WRONG_USAGE, "")
    assert meant in err
