"""A worker to be killed: `python -m tests.agent.killed_worker DIRECTORY REQUEST STAGE`.

At its stage ("model", "tool", "action", "ask" or "never") it writes the file `reached` and waits for its end.
"""

import sys
import threading
from pathlib import Path

from agent.action import Action
from agent.agent_file import open_record
from agent.means import Allowance, Means
from agent.worker import Worker
from language_models import ChatRequest, Completions
from sandbox import open_sandbox
from tests.agent.doubling import DOUBLE
from tests.agent.routed_model import PLAN, RoutedModel, code
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder

SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
SOURCE = """\
n = double_it(int(ask_user('Which number?')))
note(text=str(n))
m = double_it(n)
answer = m + 1
"""


class Halting:
    """Stops for good, with a sign, when its stage is reached."""

    def __init__(self, directory: Path, stage: str) -> None:
        self._sign = directory / "reached"
        self._stage = stage

    def at(self, stage: str) -> None:
        if stage == self._stage:
            self._sign.write_text(stage)
            threading.Event().wait()


class HaltingModel(RoutedModel):
    def __init__(self, halting: Halting, directory: Path) -> None:
        super().__init__({PLAN: code(SOURCE)})
        self._halting = halting
        self._count = directory / "asked"

    def chat(self, request: ChatRequest) -> Completions:
        self._halting.at("model")
        with self._count.open("a") as file:
            file.write("x")
        return super().chat(request)


def main() -> None:
    directory, request, stage = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    halting = Halting(directory, stage)

    def note(text: str) -> None:
        halting.at("before action")
        with (directory / "noted").open("a") as file:
            file.write(f"{text}\n")
        halting.at("after action")

    database = open_record(directory)
    encoder = ScriptedEncoder()
    with (
        open_sandbox("auto", packages=()) as box,
        ToolBank.open(directory / "bank", encoder=encoder) as bank,
    ):
        bank.add(DOUBLE)
        call = bank.call

        def called(name: str, arguments: dict[str, object], **more: object) -> object:
            if arguments["number"] > 10:  # type: ignore[operator]
                halting.at("tool")
            return call(name, arguments, **more)  # type: ignore[arg-type]

        bank.call = called  # type: ignore[method-assign,assignment]
        actions = (Action("note", "Writes a note.", SCHEMA, note),)
        allowance = Allowance(rounds=0, plans=1)
        means = Means(directory, HaltingModel(halting, directory), box, encoder, bank, actions, allowance)
        worker = Worker(database, means)
        found = worker.run(request)
        print(found.state, flush=True)  # noqa: T201 - its parent reads it


if __name__ == "__main__":
    main()
