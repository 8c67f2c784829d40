"""A process that uses a bank until it dies: what `kill_the_bank` kills, and what its readers are.

`python -m experiments.bank_worker work DIRECTORY AIM SEED ADDS` opens the bank, reads what must be in it from
stdin ("NAME STATUS" per line), finds each tool by its own description, and then adds, searches and retires.
Each line that it prints is true when it is printed: what comes after "stored" is in the bank for good.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tool_bank import Tool, ToolBank, chroma_index, chroma_probe, generations
from tool_bank.chroma_index import ChromaIndex
from tool_bank.record import Record
from tool_bank.scripted import ScriptedEncoder

LETTERS = np.array(list("bcdfghklmnprstvz"))
LONGEST_DELAY = 0.02  # seconds into a call that an aimed kill may come
Call = Callable[..., Any]
AT_OPENING = ("a new generation is made", "a sealed generation is opened", "a generation is probed")


def tool(number: int) -> Tool:
    """Returns the tool of that number, whose description shares no rare word with any other."""
    rng = np.random.default_rng(number)
    words = ["".join(rng.choice(LETTERS, 9)) for _ in range(4)]
    name = f"tool_{number}"
    return Tool(
        name=name,
        description=f"Finds the {words[0]} of a {words[1]} by {words[2]} and {words[3]}.",
        source=f'def {name}(text: str) -> int:\n    """Counts."""\n    return len(text)\n',
        function=name,
    )


def die(*_: object, **__: object) -> None:
    """Ends this process as a crash would."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(call: Call) -> Call:
    """Dies in place of the call."""
    return die


def after(call: Call) -> Call:
    """Dies when the call has done its work, before it is known."""

    def done(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        call(*arguments, **named)
        die()

    return done


def during(call: Call) -> Call:
    """Dies a moment after the call has begun."""

    def begun(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        delay = np.random.default_rng(os.getpid()).uniform(0, LONGEST_DELAY)
        threading.Timer(delay, die).start()
        return call(*arguments, **named)

    return begun


def half_written(call: Call) -> Call:
    """Dies with half of the file written beside."""

    def written(path: Path, text: str) -> None:
        path.with_name(path.name + ".new").write_text(text[: len(text) // 2])
        die()

    return written


def at_current(wrap: Callable[[Call], Call]) -> Callable[[Call], Call]:
    """Dies in the writing of CURRENT only."""

    def chosen(call: Call) -> Call:
        return lambda path, text: (wrap(call) if path.name == "CURRENT" else call)(path, text)

    return chosen


def half_removed(call: Call) -> Call:
    """Dies with half of the files of an old generation gone."""

    def removed(path: Path, **_: object) -> None:
        files = [file for file in path.rglob("*") if file.is_file()]
        for file in files[: (len(files) + 1) // 2]:
            file.unlink()
        die()

    return removed


AIMS: Mapping[str, tuple[object, str, Callable[[Call], Call]]] = {
    "a new generation is made": (generations.Generations, "begin", after),
    "vectors are put": (ChromaIndex, "put", during),
    "vectors have been put": (ChromaIndex, "put", after),
    "vectors are removed": (ChromaIndex, "remove", during),
    "the index is closed": (ChromaIndex, "close", during),
    "the index is sealed": (generations.Generations, "seal", during),
    "the seal is half written": (generations, "write_whole", half_written),
    "CURRENT is about to be switched": (generations, "write_whole", at_current(before)),
    "CURRENT has been switched": (generations, "write_whole", at_current(after)),
    "an old generation is half removed": (shutil, "rmtree", half_removed),
    "a sealed generation is opened": (chroma_index, "break_seal", after),
    "a generation is probed": (chroma_probe, "is_good", during),
    "a tool is written": (Record, "_tell", after),
    "a tool has been written": (Record, "add", after),
    "the record is written": (Record, "add", during),
    "vectors are recorded": (Record, "put_vectors", before),
}


def work(directory: str, aim: str, seed: str, adds: str) -> None:
    """Verifies what stdin says is in the bank, then adds to it, until the end or death."""
    wanted = dict(line.split() for line in sys.stdin)
    fresh = 1 + max((int(name.removeprefix("tool_")) for name in wanted), default=-1)
    at_opening = aim in AT_OPENING
    if at_opening:
        take_aim(aim)
    begun = time.monotonic()
    bank = ToolBank.open(directory, encoder=ScriptedEncoder())
    bank.search("anything")
    say("opened", f"{time.monotonic() - begun:.3f}", bank.index_role)
    verify(bank, wanted)
    say("verified", len(wanted))
    if aim in AIMS and not at_opening:
        take_aim(aim)
    use(bank, range(fresh, fresh + int(adds)), np.random.default_rng(int(seed)))
    bank.close()
    say("closed")


def use(bank: ToolBank, numbers: range, rng: np.random.Generator) -> None:
    """Adds tools of these numbers; retires some and searches at times."""
    for number in numbers:
        bank.add(tool(number))
        say("stored", f"tool_{number}")
        if rng.random() < 0.2:
            old = f"tool_{rng.integers(number + 1)}"
            say("retiring", old)
            bank.retire(old, "by chance")
            say("retired", old)
        if rng.random() < 0.3:
            bank.search(tool(number).description)


def verify(bank: ToolBank, wanted: Mapping[str, str]) -> None:
    """Says of every tool that is not as it was left that it is lost."""
    for name, status in wanted.items():
        made = tool(int(name.removeprefix("tool_")))
        found = bank.get(name)
        if found.version != made.version:
            say("lost", name, "is another")
        if status != "doubtful" and (found.status == "retired") != (status == "retired"):
            say("lost", name, f"is {found.status}, was left {status}")
        served = [match.tool.name for match in bank.search(made.description, 1)]
        if (name in served) != (found.status == "active"):
            say("lost", name, f"{found.status}, and the search finds {served}")


def read(directory: str, log: str, seconds: str) -> None:
    """Searches in a process of its own, as `findings` does."""
    with ToolBank.open(directory, encoder=ScriptedEncoder()) as bank:
        for line in findings(bank, Path(log), float(seconds)):
            say(line)


def findings(bank: ToolBank, log: Path, seconds: float) -> Iterator[str]:
    """Searches until the log says "end"; yields what is found and was retired before, or was not found.

    The log is written by the one who adds: "stored NAME" and "retired NAME", when it is so.
    """
    rng = np.random.default_rng(threading.get_ident() % 2**32)
    searches, deadline, known = 0, time.monotonic() + seconds, dict[str, str]()
    while "end" not in known and time.monotonic() < deadline:
        lines = log.read_text().split("\n")[:-1]  # the last may not be whole
        known = {name: what for what, name in map(str.split, lines)}
        for name in rng.choice(sorted(known.keys() - {"end"}), 3) if len(known) > 1 else ():
            served = [match.tool.name for match in bank.search(tool(int(name[5:])).description, 3)]
            searches += 1
            if known[name] == "retired" and name in served:
                yield f"stale {name}"
            if known[name] == "stored" and name not in served and bank.get(name).status == "active":
                yield f"lost {name} is not found"
        time.sleep(0.02)
    if "end" not in known:
        yield "slow: the end was not seen"
    yield f"read {searches} {bank.index_role}"


def take_aim(aim: str) -> None:
    """Makes this process die at the moment of that name."""
    place, attribute, wrap = AIMS[aim]
    setattr(place, attribute, wrap(getattr(place, attribute)))


def say(*words: object) -> None:
    """Prints a line that is out when this returns; killed meanwhile, it is out whole or has no end."""
    print(" ".join(map(str, words)) + "\n", end="", flush=True)


if __name__ == "__main__":
    begin: Mapping[str, Call] = {"work": work, "read": read}
    begin[sys.argv[1]](*sys.argv[2:])
