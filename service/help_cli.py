"""How commands explain themselves: what a docstring says after "Example:" ends the help."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

import typer
import typer.models

from service.errors import statuses_in_words

MARK = "Example:"
ABOUT = f"""Grows Python tools: evolves functions, keeps the good ones in a bank, answers requests with them.

Every command takes --help and --json. Exit status:

{statuses_in_words()}

{MARK} funsearch evolve bin_packing_or --minutes 5 --seed 0"""


@dataclass(frozen=True)
class Help:
    """What a command is for, and command lines that show it (each checked by a test)."""

    about: str
    examples: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Help:
        """Returns the parts of a docstring; an example may be broken into several lines."""
        paragraphs = inspect.cleandoc(text).split("\n\n")
        shown = [paragraph for paragraph in paragraphs if paragraph.startswith(MARK)]
        about = "\n\n".join(paragraph for paragraph in paragraphs if not paragraph.startswith(MARK))
        return cls(about, tuple(" ".join(one.removeprefix(MARK).split()) for one in shown))

    @property
    def epilog(self) -> str | None:
        """The examples as help ends with them; brackets in them are no markup."""
        lines = (re.sub(r"(\[[a-z/#@])", r"\\\1", f"{MARK} {example}") for example in self.examples)
        return "\n".join(lines) or None


def examples_last(app: typer.Typer) -> None:
    """Moves the examples of `app`, its commands and its groups behind their options."""
    _move(app.info)
    for command in app.registered_commands:
        command.help = command.help or (command.callback and command.callback.__doc__)
        _move(command)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            examples_last(group.typer_instance)


def _move(info: typer.models.CommandInfo | typer.models.TyperInfo) -> None:
    found = Help.read(str(info.help))
    info.help, info.epilog = found.about, found.epilog
