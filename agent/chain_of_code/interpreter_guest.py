"""Runs a plan. A call that somebody else must answer stops it, until the answer is there.

Runs inside the sandbox. The plan lives in a thread, which waits while the process has no request; so its
state is kept from one answer to the next. It shares this process, so nothing here is evidence: tools, consent
and budgets lie on the other side, which reads what is said here as a stranger's word.
"""

# Running a plan is the purpose, and what it raises is an answer.
# ruff: noqa: ANN401, BLE001, S102, S307, T201

import __future__

import ast
import builtins
import math
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

PLAN = "<plan>"
FLAGS = __future__.annotations.compiler_flag  # annotations are notes, and need not be defined
DEEPEST = 40
MOST_PARTS = 200_000  # of one value that crosses
SHOWN_PARTS, SHOWN_CHARACTERS = 500, 500  # of one value in the trace
MOST_NEWS = 300  # entries of the trace in one message
MOST_STATE = 12  # variables
LONGEST_ERROR = 1000
PLAIN = (type(None), bool, int, float, str)


class ToolError(RuntimeError):
    """A call that was answered by an error."""


class TooMuch(ValueError):
    """A value of more parts than are wanted."""


class Run:
    """One plan under way."""

    def __init__(
        self, source: str, steps: list[dict[str, Any]], names: dict[str, str], stubs: list[int]
    ) -> None:
        self._tree = ast.fix_missing_locations(_Stubs(stubs).visit(ast.parse(source)))
        self._steps = steps
        self._outbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
        self._turn = threading.Lock()  # a plan may have threads of its own
        self._news: list[dict[str, Any]] = []
        self._shown: dict[str, Any] = {}
        self._value: Any = None
        self._printed: Any = None
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module  # where dataclasses and the like look for what a plan defines
        self._space = vars(module)
        self._own = {name: self._external(name, kind) for name, kind in names.items()}
        self._space.update(self._own, ToolError=ToolError, print=self._print)
        self._space.update(exit=sys.exit, quit=sys.exit, __stub__=self._own.get)

    def begin(self) -> dict[str, Any]:
        """Starts the plan; returns what it says first."""
        threading.Thread(target=self._live, daemon=True).start()
        return self._outbox.get()

    def go_on(self, kind: str, value: Any) -> dict[str, Any]:
        """Answers the call that the plan waits for; returns what it says next."""
        self._inbox.put([kind, value])
        return self._outbox.get()

    def _live(self) -> None:
        failure = None
        try:
            self._run_steps()
        except SystemExit as end:
            if end.code is not None and not isinstance(end.code, int):
                failure = _failure(end)
        except BaseException as error:
            failure = _failure(error)
        self._outbox.put(self._ending(failure))

    def _run_steps(self) -> None:
        for node, step in zip(self._tree.body, self._steps, strict=True):
            if step["run"]:
                self._run_step(node)
                self._note(node.lineno, step["names"])

    def _run_step(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            expression = compile(ast.Expression(node.value), PLAN, "eval", FLAGS, dont_inherit=True)
            value = eval(expression, self._space)
            self._value = self._value if value is None else value
        else:
            exec(compile(ast.Module([node], []), PLAN, "exec", FLAGS, dont_inherit=True), self._space)

    def _print(self, *values: Any, **options: Any) -> None:
        """Prints; what a plan prints last may be what it comes to."""
        if len(values) == 1 and _is_at_top(sys._getframe(1)):
            self._value = values[0]
        if values and "file" not in options:
            self._printed = values[0] if len(values) == 1 else " ".join(map(str, values))
        builtins.print(*values, **options)

    def _ending(self, failure: dict[str, Any] | None) -> dict[str, Any]:
        value = None
        if failure is None:
            try:
                value = plain(self._answer())
            except BaseException as error:
                failure = {**_failure(error), "line": 0}
        return {
            "done": True,
            "value": value,
            "error": failure,
            "trace": self._take_news(),
            "state": self._state(),
        }

    def _answer(self) -> Any:
        for name in ("answer", "result"):
            if name in self._space:
                return self._space[name]
        return self._printed if self._value is None else self._value

    def _external(self, name: str, kind: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            value = self._ask(name, arguments, named)
            return {"set": set, "tuple": tuple}.get(kind, _same)(value)

        call.__name__ = call.__qualname__ = name
        return call

    def _ask(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        line, column = _place()
        said = {"call": name, "args": _given(name, arguments), "kwargs": _given(name, named)}
        with self._turn:
            news = {"line": line, "column": column, "trace": self._take_news(), "state": self._state()}
            self._outbox.put({**said, **news})
            kind, value = self._inbox.get()
        if kind == "value":
            return value
        raise {"tool": ToolError, "wrong": TypeError, "unknown": NameError}.get(kind, RuntimeError)(value)

    def _note(self, line: int, names: list[str]) -> None:
        """Notes the variables that a step has changed."""
        changed = {}
        for name in names:
            if name in self._space and _is_datum(self._space[name]):
                shown = show(self._space[name])
                if name not in self._shown or self._shown[name] != shown:
                    changed[name] = self._shown[name] = shown
        if changed and len(self._news) < MOST_NEWS:
            self._news.append({"line": line, "values": changed})

    def _take_news(self) -> list[dict[str, Any]]:
        news, self._news = self._news, []
        return news

    def _state(self) -> dict[str, Any]:
        """Returns the variables that were bound last."""
        data = [name for name, value in self._space.items() if not name.startswith("_") and _is_datum(value)]
        return {name: show(self._space[name]) for name in data[-MOST_STATE:] if name != "print"}


class _Stubs(ast.NodeTransformer):
    """Puts the functions that others answer for in place of their empty definitions."""

    def __init__(self, lines: list[int]) -> None:
        self._lines = lines

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.lineno not in self._lines:
            return self.generic_visit(node)
        stub = ast.Call(ast.Name("__stub__", ast.Load()), [ast.Constant(node.name)], [])
        return ast.copy_location(ast.Assign([ast.Name(node.name, ast.Store())], stub), node)


def plain(value: Any, most: int = MOST_PARTS) -> Any:
    """Returns a value as JSON has it; raises TypeError or ValueError for what it has not."""
    return _plain(value, _Room(most), DEEPEST)


def show(value: Any) -> Any:
    """Returns a value for a reader: as it is where it is short, else the beginning of its text."""
    try:
        small = plain(value, SHOWN_PARTS)
        text = repr(small)
    except TooMuch:
        return f"{_beginning(value)[:SHOWN_CHARACTERS]}..."
    except Exception:
        return f"<{type(value).__name__}>"  # no address: a plan that is run again must say the same
    return small if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _beginning(value: Any) -> str:
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    try:
        return repr(plain(list(value)[:20], SHOWN_PARTS))
    except Exception:
        return f"<{type(value).__name__}>"


class _Room:
    def __init__(self, parts: int) -> None:
        self._most = self._left = parts

    def take(self, parts: int = 1) -> None:
        self._left -= parts
        if self._left < 0:
            raise TooMuch(f"expected a value of at most {self._most} parts, found more")


def _plain(value: Any, room: _Room, depth: int) -> Any:
    room.take()
    if type(value) in PLAIN:
        return _leaf(value, room)
    if depth == 0:
        raise ValueError(f"expected at most {DEEPEST} levels, found more, or a value that contains itself")
    if isinstance(value, dict):
        return {_key(key): _plain(entry, room, depth - 1) for key, entry in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(entry, room, depth - 1) for entry in value), key=repr)
    if isinstance(value, list | tuple | Iterator | range) or type(value).__name__ in _VIEWS:
        return [_plain(entry, room, depth - 1) for entry in value]
    return _plain(_simpler(value), room, depth - 1)


_VIEWS = frozenset({"dict_keys", "dict_values", "dict_items", "deque"})


def _leaf(value: Any, room: _Room) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value}")
    if type(value) is int and value.bit_length() > 1000:
        raise ValueError(f"expected an integer of at most 1000 bits, found {value.bit_length()}")
    if isinstance(value, str):
        room.take(len(value) // 50)
        return value.encode("utf-8", "replace").decode()
    return value


# Whatever a class of the plan calls itself.
_READ: dict[type, Callable[[Any], Any]] = {int: int.__int__, float: float.__float__, str: str.__str__}


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key).encode("utf-8", "replace").decode()
    if key is None or isinstance(key, bool | int | float):
        return str(key)
    if isinstance(key, tuple):
        return ", ".join(map(_key, key))
    return _key(_simpler(key))


def _simpler(value: Any) -> Any:
    """Returns what stands for an object in JSON."""
    kind = type(value)
    if hasattr(value, "_value_"):  # of an enumeration
        return value.value
    for base, read in _READ.items():
        if isinstance(value, base):
            return read(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")  # a day, which small models write as a datetime
    if kind.__name__ in ("Decimal", "Fraction"):
        return int(value) if value == int(value) else float(value)
    fields = getattr(value, "__dict__", None)
    if isinstance(fields, dict) and kind.__module__ == "__main__" and not callable(value):
        return fields
    raise TypeError(
        f"a value of type {kind.__name__} cannot be passed on; pass numbers, texts, lists or dicts"
    )


def _given(name: str, arguments: Any) -> Any:
    try:
        return plain(arguments)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}(): {error}") from None


def _is_datum(value: Any) -> bool:
    return not callable(value) and not isinstance(value, types.ModuleType | Iterator)


def _same(value: Any) -> Any:
    return value


def _is_at_top(frame: types.FrameType) -> bool:
    return frame.f_code.co_filename == PLAN and frame.f_code.co_name == "<module>"


def _place() -> tuple[int, int]:
    """Returns line and column of the plan's call that is under way."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != PLAN:
        frame = frame.f_back
    if frame is None:
        return 0, 0
    positions = list(frame.f_code.co_positions())
    line, _, column, _ = positions[frame.f_lasti // 2]
    return line or frame.f_lineno, column or 0


def _failure(error: BaseException) -> dict[str, Any]:
    """Returns type, message, and the line of the plan in which it happened."""
    try:
        lines = [line for name, line in _lines(error) if name == PLAN]
        message = str(error)[:LONGEST_ERROR].encode("utf-8", "replace").decode()
    except BaseException:
        lines, message = [], "an error that does not tell what it is"
    return {"type": type(error).__name__[:100], "message": message, "line": lines[-1] if lines else 0}


def _lines(error: BaseException) -> Iterable[tuple[str, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


_runs: list[Run] = []


def start(
    source: str, steps: list[dict[str, Any]], names: dict[str, str], stubs: list[int]
) -> dict[str, Any]:
    """Begins a plan; returns its first message: a call to be answered, or its end."""
    _runs.append(Run(source, steps, names, stubs))
    return _runs[-1].begin()


def resume(kind: str, value: Any) -> dict[str, Any]:
    """Answers the plan's call by a value or an error; returns its next message."""
    return _runs[-1].go_on(kind, value)
