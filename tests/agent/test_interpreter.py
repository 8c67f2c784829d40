"""Programs that mix code with calls that others answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.chain_of_code.emulation import Emulator
from agent.chain_of_code.interpreter import Interpreter
from agent.errors import Suspended
from agent.tool_face import ToolFace
from agent.toolbox import ToolAnswer
from language_models import ModelUnavailable
from language_models.scripted import ScriptedBackend
from sandbox import Limits, Sandbox, open_sandbox
from tests.agent.semantic_model import SemanticModel

pytestmark = pytest.mark.bubblewrap


@pytest.fixture(scope="module")
def sandbox(bubblewrap: None) -> Iterator[Sandbox]:
    with open_sandbox("bubblewrap") as opened:
        yield opened


def face(name: str, effects: bool = False, **types: str) -> ToolFace:
    properties = {parameter: {"type": kind} for parameter, kind in types.items()}
    schema = {"type": "object", "properties": properties, "required": list(types)}
    return ToolFace(name, f"({', '.join(types)})", f"Does {name}.", schema, has_effects=effects)


TOOLS = {
    "price_of": face("price_of", item="string"),
    "send": face("send", effects=True, to="string", text="string"),
}
PRICES = {"apple": 3, "pear": 4}


@dataclass
class World:
    """The tools and the user, and what they were asked."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        self.calls.append((name, dict(arguments)))
        if name == "send":
            return ToolAnswer("sent")
        if arguments["item"] not in PRICES:
            return ToolAnswer(error=f"price_of: no price of {arguments['item']}")
        return ToolAnswer(PRICES[arguments["item"]])

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return "blue"


MEANING: dict[str, Callable[..., Any]] = {
    "is_positive": lambda text: "love" in text or "best" in text,
    "sentiment": lambda text: "positive" if "love" in text else "negative",
    "urgency": lambda text: {"fire": 10, "flood": 7, "typo": 1}[text],
    "capital": lambda country: {"France": "Paris", "Italy": "Rome", "Peru": "Lima"}[country],
    "category": lambda word: "fruit" if word in ("apple", "pear") else "animal",
    "stars": lambda text: len(text),
    "opposite": lambda word: {"hot": "cold", "up": "down"}[word],
    "is_done": lambda text: text.count("!") >= 3,
    "parts_of": lambda thing: {"car": ["engine", "wheel"], "engine": ["piston"]}.get(thing, []),
    "summary": lambda text, words=2: " ".join(text.split()[:words]),
    "extract": lambda text: {"name": text.split()[0], "age": int(text.split()[1])},
    "colours": lambda text: ["red", "green"],
    "guess": lambda: 42,
}


def runner(
    sandbox: Sandbox, limits: Limits | None = None, functions: Mapping[str, Callable[..., Any]] = MEANING
) -> tuple[Interpreter, SemanticModel, World]:
    model, world = SemanticModel(functions), World()
    more = {} if limits is None else {"limits": limits}
    interpreter = Interpreter(sandbox, world.call, Emulator(model.chat), world.ask, TOOLS, **more)
    return interpreter, model, world


PROGRAMS: dict[str, tuple[str, Any, int]] = {  # program, answer, semantic calls asked
    "filtering": (
        'reviews = ["I love it", "bad", "best"]\nanswer = [r for r in reviews if is_positive(r)]',
        ["I love it", "best"],
        3,
    ),
    "sorting by a semantic key": (
        'answer = sorted(["typo", "fire", "flood"], key=urgency, reverse=True)',
        ["fire", "flood", "typo"],
        3,
    ),
    "sorting by a lambda": (
        'answer = sorted(["typo", "fire"], key=lambda text: -urgency(text))[0]',
        "fire",
        2,
    ),
    "a loop with an accumulator": (
        'total = 0\nfor text in ["a", "bb", "ccc"]:\n    total += stars(text)\nanswer = total',
        6,
        3,
    ),
    "recursion": (
        "def count(thing):\n    return 1 + sum(count(part) for part in parts_of(thing))\nanswer = count('car')",
        4,
        4,
    ),
    "dictionaries": (
        'groups = {}\nfor word in ["apple", "cat", "pear"]:\n'
        "    groups.setdefault(category(word), []).append(word)\nanswer = groups",
        {"fruit": ["apple", "pear"], "animal": ["cat"]},
        3,
    ),
    "nested functions": (
        "def outer(words):\n    seen = []\n    def inner(word):\n        seen.append(word)\n"
        "        return opposite(word)\n    return [inner(w) for w in words], seen\n"
        'answer = outer(["hot", "up"])',
        [["cold", "down"], ["hot", "up"]],
        2,
    ),
    "dict comprehension": (
        'answer = {c: capital(c).upper() for c in ("France", "Peru")}',
        {"France": "PARIS", "Peru": "LIMA"},
        2,
    ),
    "while with a semantic condition": (
        'text = ""\nwhile not is_done(text):\n    text += "!"\nanswer = len(text)',
        3,
        4,
    ),
    "string building": (
        'answer = "Go to " + capital("Italy") + ", then to " + capital("Peru") + "."',
        "Go to Rome, then to Lima.",
        2,
    ),
    "try and except around a tool": (
        "found = {}\nfor item in ['apple', 'plum']:\n    try:\n        found[item] = price_of(item)\n"
        "    except ToolError as error:\n        found[item] = str(error)\nanswer = found",
        {"apple": 3, "plum": "price_of: no price of plum"},
        0,
    ),
    "the same call twice": (
        'a = sentiment("I love it")\nb = sentiment("I love it")\nanswer = [a, b, sentiment(text="I love it")]',
        ["positive"] * 3,
        1,
    ),
    "typed stubs": (
        'def summary(text: str, words: int = 2) -> str:\n    """Shortens a text."""\n    ...\n'
        'answer = [summary("one two three"), summary("one two three", words=1)]',
        ["one two", "one"],
        2,
    ),
    "classes": (
        "class Box:\n    def __init__(self, word):\n        self.word = word\n        self.kind = category(word)\n"
        "    def label(self):\n        return f'{self.word}: {self.kind}'\n"
        'answer = [Box(word).label() for word in ("pear", "cat")]',
        ["pear: fruit", "cat: animal"],
        2,
    ),
    "dataclasses as answers": (
        "from dataclasses import dataclass\n@dataclass\nclass City:\n    name: str\n    size: int\n"
        'answer = City(capital("France"), 2)',
        {"name": "Paris", "size": 2},
        1,
    ),
    "generators": (
        "def cities(names):\n    for name in names:\n        yield capital(name)\n"
        'answer = list(cities(["France", "Italy"]))',
        ["Paris", "Rome"],
        2,
    ),
    "f-strings": ('country = "Peru"\nanswer = f"{capital(country)} ({country})"', "Lima (Peru)", 1),
    "walrus": (
        'words = ["hot", "up"]\nanswer = [o for w in words if (o := opposite(w)) != "down"]',
        ["cold"],
        2,
    ),
    "conditional expression": ('answer = "yes" if is_positive("love") else "no"', "yes", 1),
    "early exit": (
        'answer = capital("France")\nif answer == "Paris":\n    exit()\nanswer = "never"',
        "Paris",
        1,
    ),
    "several values": ('red, green = colours("flag")\nanswer = green + red', "greenred", 1),
    "an object": ('person = extract("Ann 30")\nanswer = person["age"] + 1', 31, 1),
    "any and all": (
        'texts = ["love", "bad"]\nanswer = [any(is_positive(t) for t in texts), all(is_positive(t) for t in texts)]',
        [True, False],
        2,
    ),
    "match": (
        'match category("pear"):\n    case "fruit":\n        answer = 1\n    case _:\n        answer = 2',
        1,
        1,
    ),
    "tools and meaning": (
        'cheap = [i for i in ["apple", "pear"] if category(i) == "fruit" and price_of(i) < 4]\nanswer = cheap',
        ["apple"],
        2,
    ),
    "map and filter": (
        'answer = list(map(capital, ["France"])) + list(filter(is_positive, ["love", "bad"]))',
        ["Paris", "love"],
        3,
    ),
    "the user": ('answer = "Sky is " + ask_user("Which colour?")', "Sky is blue", 0),
    "no arguments": ("answer = guess() + 0", 42, 1),
    "the last expression": ('word = "hot"\nopposite(word)', "cold", 1),
    "what is printed": ('word = "hot"\nprint(opposite(word))', "cold", 1),
    "result": ("result = {3, 1, 2}", [1, 2, 3], 0),
    "a main function": (
        'def main():\n    return capital("Peru")\nif __name__ == "__main__":\n    answer = main()',
        "Lima",
        1,
    ),
    "a main function that prints": (
        'def main():\n    print(stars("aa"))\nif __name__ == "__main__":\n    main()',
        2,
        1,
    ),
    "a sentence that is printed": ('n = stars("aa")\nprint("There are", n)', "There are 2", 1),
    "truths that are counted": ('answer = sum(is_positive(t) for t in ["love", "bad", "best"])', 2, 3),
    "truths that are sorted by": ('answer = sorted(["love", "bad"], key=is_positive)', ["bad", "love"], 2),
    "functions handed to the plan's own": (
        "def apply(function, words):\n    return [function(word) for word in words]\n"
        'answer = apply(opposite, ["hot"]) + apply(words=["up"], function=opposite)',
        ["cold", "down"],
        2,
    ),
    "match of a mapping": (
        'match extract("Ann 30"):\n    case {"name": "Bob"}:\n        answer = 0\n'
        '    case {"name": str(name), "age": age}:\n        answer = [name, age]',
        ["Ann", 30],
        1,
    ),
    "match of a list": (
        'match colours("flag"):\n    case [first] | [first, _]:\n        answer = first',
        "red",
        1,
    ),
    "tools imported or declared": (
        'from tools import price_of\ndef send(to: str, text: str) -> str:\n    """Sends."""\n    ...\n'
        'answer = [price_of("pear"), send("ann", text="hi")]',
        [4, "sent"],
        0,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_its_answer_and_asks_each_call_once(sandbox: Sandbox, name: str) -> None:
    source, answer, asked = PROGRAMS[name]
    interpreter, model, _ = runner(sandbox)
    execution = interpreter.run(source)
    assert execution.error == ""
    assert execution.value == answer
    assert len(model.asked) == asked
    assert len({str(call) for call in model.asked}) == asked


def test_the_state_of_a_program_is_kept_from_one_call_to_the_next(sandbox: Sandbox) -> None:
    interpreter, _, _ = runner(sandbox)
    counting = (
        "import random\nlog = []\nsame = object()\nbefore = id(same)\n"
        'for word in ["hot", "up"]:\n    log.append(random.random())\n    log.append(opposite(word))\n'
        "answer = [len(log), before == id(same), log[0] != log[2]]"
    )
    assert interpreter.run(counting).value == [4, True, True]


def test_the_trace_tells_who_gave_each_value(sandbox: Sandbox) -> None:
    interpreter, _, _ = runner(sandbox)
    execution = interpreter.run(
        'price = price_of("apple")\nkind = category("apple")\ncolour = ask_user("Which?")\ndouble = price * 2\n'
        "answer = [price, kind, colour, double]"
    )
    entries = [(entry.kind, entry.line, entry.name, entry.value) for entry in execution.trace]
    assert entries == [
        ("tool", 1, "price_of", 3),
        ("tool", 1, "", {"price": 3}),
        ("model", 2, "category", "fruit"),
        ("model", 2, "", {"kind": "fruit"}),
        ("user", 3, "ask_user", "blue"),
        ("user", 3, "", {"colour": "blue"}),
        ("code", 4, "", {"double": 6}),
        ("code", 5, "", {"answer": [3, "fruit", "blue", 6]}),
    ]
    assert execution.trace[0].arguments == {"item": "apple"}
    assert execution.trace[0].as_dict()["kind"] == "tool"
    assert execution.state["double"] == 6


BUGS = {
    "a variable that is read and defined nowhere": (
        "answer = capital('Peru') + ending",
        "line 1: 'ending' is used",
    ),
    "a variable read before it is bound": ("answer = later\nlater = 1", "line 1: NameError"),
    "a wrong type": ("x = 'a'\nanswer = x + 1", "line 2: TypeError"),
    "a division by zero": ("def f(x):\n    return 1 / x\nanswer = f(0)", "line 2: ZeroDivisionError"),
    "a missing key": ("d = {}\nanswer = d['a']", "line 2: KeyError: 'a' (in `answer = d['a']`)"),
    "a failed check": ("x = 1\nassert x > 3\nanswer = x", "line 2: AssertionError (in `assert x > 3`)"),
    "an index": ("answer = [1][5]", "line 1: IndexError"),
    "an attribute": ("answer = 'a'.uper()", "line 1: AttributeError"),
    "endless recursion": ("def f(x):\n    return f(x)\nanswer = f(1)", "line 2: RecursionError"),
    "a missing import": ("answer = sqrt(4)", "add `from math import sqrt`"),
    "an unknown class": ("raise Weird('x')", "the class 'Weird'"),
    "too few arguments of a stub": (
        'def summary(text: str, size: int) -> str:\n    """Shortens."""\nanswer = summary("a")',
        "line 3: TypeError: summary(): argument 'size' is missing",
    ),
    "an argument that is no data": ("answer = capital(lambda: 1)", "line 1: TypeError: capital()"),
    "a tool's wrong argument": ("answer = price_of(itm='x')", "unknown argument 'itm'"),
    "a tool's error": ("answer = price_of('plum')", "line 1: ToolError: price_of: no price of plum"),
    "a syntax error": ("answer = (1,", "line 1"),
    "an answer that is no JSON": ("answer = float('nan')", "ValueError: expected a finite number"),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_real_bug_is_told_and_no_model_is_asked_about_it(sandbox: Sandbox, name: str) -> None:
    source, words = BUGS[name]
    interpreter, model, _ = runner(sandbox)
    execution = interpreter.run(source)
    assert words in execution.error
    assert execution.value is None
    assert model.asked == []


def test_an_effect_happens_once_though_a_later_line_fails_and_the_plan_is_run_again(sandbox: Sandbox) -> None:
    interpreter, _, world = runner(sandbox)
    sending = 'note = send("ann", "hi")\nn = price_of("apple")\n'
    assert "ZeroDivisionError" in interpreter.run(sending + "answer = 1 / 0").error
    assert interpreter.run(sending + "answer = note").value == "sent"
    assert [name for name, _ in world.calls] == ["send", "price_of"]
    twice = interpreter.run(sending + 'again = send("ann", "hi")\nanswer = [note, again]')
    assert twice.value == ["sent", "sent"]
    assert [name for name, _ in world.calls] == ["send", "price_of", "send"]  # one run that does it twice


def test_the_user_is_not_asked_the_same_by_the_next_plan(sandbox: Sandbox) -> None:
    interpreter, _, world = runner(sandbox)
    interpreter.run('colour = ask_user("Which?")\nanswer = 1 / 0')
    assert interpreter.run('answer = ask_user("Which?")').value == "blue"
    assert world.questions == ["Which?"]


def test_a_program_that_is_run_again_asks_the_same_in_the_same_order(sandbox: Sandbox) -> None:
    source = (
        "import random\nwords = {'fire', 'flood', 'typo'}\nscores = {w: urgency(w) for w in words}\n"
        "answer = stars(str(random.random()))"
    )
    asked = []
    for _ in range(2):
        interpreter, model, _ = runner(sandbox)
        interpreter.run(source)
        asked.append([str(request) for request in model.backend.requests])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 4


def test_what_ends_the_work_passes_through_and_leaves_the_sandbox_free(sandbox: Sandbox) -> None:
    def suspend(_: str) -> str:
        raise Suspended("later")

    with pytest.raises(Suspended):
        Interpreter(sandbox, ask=suspend).run('answer = ask_user("Which?")')
    silent = SemanticModel({})
    silent.backend = ScriptedBackend([ModelUnavailable("gone")])
    with pytest.raises(ModelUnavailable):
        Interpreter(sandbox, emulator=Emulator(silent.chat)).run('answer = capital("Peru")')
    assert Interpreter(sandbox).run("answer = 1").value == 1


def test_without_a_model_an_unknown_function_is_a_name_error(sandbox: Sandbox) -> None:
    assert "NameError: name 'capital' is not defined" in Interpreter(sandbox).run("answer = capital(1)").error


def test_nonsense_of_the_model_is_an_error_that_the_plan_may_catch(sandbox: Sandbox) -> None:
    interpreter, model, _ = runner(sandbox, functions={"stars": lambda _: {"no": "number"}})
    execution = interpreter.run("answer = stars('a') + 1")
    assert "ToolError: stars(): the model gave no answer that is int | float" in execution.error
    assert len(model.asked) == 3  # told twice what was wrong
    caught = "try:\n    answer = stars('a') + 1\nexcept ToolError:\n    answer = 0"
    assert interpreter.run(caught).value == 0


_REACH = "import sys\nguest = sys.modules['candidate']\nrun = guest._runs[-1]\n"
_OS = "import sys\nos = sys.modules['os']\n"
HOSTILE = {
    "a forged end": (
        _REACH + "run._outbox.put({'done': True, 'value': 7, 'trace': [], 'state': {}})\nanswer = 1",
        (7, ""),
    ),
    "a forged end that is none": (_REACH + "run._outbox.put({'done': 1})\nanswer = 1", (None, "Rejected")),
    "no message at all": (_REACH + "run._outbox.put([1, 2])\nanswer = 1", (None, "Rejected")),
    "a forged call of a function that is not the plan's": (
        _REACH + "run._own['ask_user'].__closure__\n"
        "say = {'call': 'delete_all', 'args': [], 'kwargs': {}, 'line': 1, 'column': 0, 'trace': [], 'state': {}}\n"
        "run._outbox.put(say)\nanswer = str(run._inbox.get())",
        ("['unknown', \"name 'delete_all' is not defined\"]", ""),
    ),
    "a forged call of wrong types": (
        _REACH + "run._outbox.put({'call': 'x', 'args': 5, 'kwargs': [], 'trace': 3})\nanswer = 1",
        (None, "Rejected"),
    ),
    "a forged trace": (
        _REACH + "run._news.extend([{'line': 'x', 'values': 5}] * 9)\nanswer = 1",
        (None, "Rejected"),
    ),
    "a monkeypatched guest": (
        _REACH + "guest.plain = lambda value: 1 / 0\nanswer = 1",
        (None, "ZeroDivision"),
    ),
    "a guest without resume": (
        _REACH + "del guest.resume\nanswer = capital('Peru')",
        (None, "Crashed: NameError"),
    ),
    "megabytes printed": ("for _ in range(3000):\n    print('x' * 1000)\nanswer = 1", (1, "")),
    "an endless loop": ("while True:\n    pass\nanswer = 1", (None, "TimedOut")),
    "an endless loop after a call": (
        "c = capital('Peru')\nwhile True:\n    pass\nanswer = 1",
        (None, "TimedOut"),
    ),
    "an endless loop of calls": (
        "answer = 0\nwhile True:\n    answer += len(send('a', str(answer)))",
        (None, "TooManyCalls"),
    ),
    "the process ends itself": (_OS + "os._exit(0)\nanswer = 1", (None, "Crashed")),
    "the process kills itself": (_OS + "os.kill(os.getpid(), 9)\nanswer = 1", (None, "Crashed")),
    "the thread ends itself": ("import sys\nsys.exit('enough')\nanswer = 1", (None, "SystemExit: enough")),
    "not a number, far inside": ("answer = [{'a': [float('inf')]}]", (None, "ValueError")),
    "an endless integer": ("answer = 1 << 9999", (None, "ValueError: expected an integer")),
    "a value that contains itself": (
        "answer = []\nanswer.append(answer)",
        (None, "ValueError: expected at most"),
    ),
    "a huge text": ("answer = 'x' * 50_000_000", (None, "TooMuch")),
    "an endless iterator": ("import itertools\nanswer = itertools.count()", (None, "TooMuch")),
    "much memory": ("answer = len('x' * (3 << 30))", (None, "MemoryError")),
    "a class that lies": (
        "class A(str):\n    def __str__(self): return 1 / 0\n    __repr__ = __str__\nanswer = {A('k'): A('v')}",
        ({"k": "v"}, ""),
    ),
    "an exception that cannot be told": (
        "class E(Exception):\n    def __str__(self): raise self\nraise E()\nanswer = 1",
        (None, "does not tell"),
    ),
    "a lone surrogate": (r"answer = capital(chr(0xD800) and 'Peru') + chr(0xD800)", ("Lima?", "")),
    "threads that call at once": (
        "from sys import modules\nthreading = modules['threading']\nfound = []\n"
        "def ask(c):\n    found.append(capital(c))\n"
        "ts = [threading.Thread(target=ask, args=(c,)) for c in ('Peru', 'Italy', 'France')]\n"
        "for t in ts: t.start()\nfor t in ts: t.join()\nanswer = sorted(found)",
        (["Lima", "Paris", "Rome"], ""),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_plan_does_ends_as_a_value(sandbox: Sandbox, name: str) -> None:
    source, (value, words) = HOSTILE[name]
    limits = Limits(wall_seconds=1.5, memory_bytes=1 << 30, output_bytes=4 << 20, processes=16)
    interpreter, _, world = runner(sandbox, limits)
    execution = interpreter.run(source)
    assert execution.value == value
    assert words in execution.error
    assert bool(words) == bool(execution.error)
    assert len(execution.output) <= limits.stdout_bytes
    assert all(name in TOOLS for name, _ in world.calls)


def test_a_forged_binding_does_not_pass_for_a_tools_value(sandbox: Sandbox) -> None:
    interpreter, _, _ = runner(sandbox)
    source = _REACH + "guest.show = lambda value: 999\nprice = price_of('apple')\nanswer = price"
    trace = interpreter.run(source).trace
    assert [(entry.kind, entry.value) for entry in trace if entry.kind == "tool"] == [("tool", 3)]
    assert ("code", {"price": 999}) in [(entry.kind, entry.value) for entry in trace]


@pytest.mark.docker
def test_a_program_runs_in_a_container_as_well(docker_engine: None) -> None:
    with open_sandbox("docker") as container:
        interpreter, model, _ = runner(container)
        assert interpreter.run(PROGRAMS["sorting by a semantic key"][0]).value == ["fire", "flood", "typo"]
        assert len(model.asked) == 3


def test_a_plan_may_hide_a_tool_behind_its_own_result(sandbox: Sandbox) -> None:
    tools = {"count": face("count", text="string")}
    interpreter = Interpreter(sandbox, lambda name, arguments: ToolAnswer(2), tools=tools)
    assert interpreter.run("count = count(text='a b')\nanswer = count + 1").value == 3
