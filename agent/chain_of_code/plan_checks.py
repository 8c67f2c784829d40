"""What a plan may not have: imports that are not there, and calls that a tool's schema refuses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from agent.request import Json
from agent.tool_face import ToolFace
from programs.python_type import python_type
from programs.schema_check import SchemaCheck

# The sandbox keeps a plan from harm; these are there, and do the same when they are run again.
MODULES = frozenset(
    {
        "abc", "array", "base64", "bisect", "calendar", "cmath", "collections", "contextlib", "copy", "csv",
        "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib",
        "hashlib", "heapq", "html", "io", "itertools", "json", "math", "numbers", "numpy", "operator",
        "pprint", "random", "re", "statistics", "string", "struct", "sys", "textwrap", "types", "typing",
        "unicodedata", "urllib", "xml", "zlib",
    }
)  # fmt: skip
# Functions that are often called without their import; no model need answer for these.
_HOMES = {
    "math": "ceil comb cos dist exp factorial floor gcd hypot isclose isnan log log10 log2 prod sin sqrt tan",
    "statistics": "mean median stdev pstdev variance fmean quantiles",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "itertools": "accumulate chain combinations cycle groupby islice permutations product repeat zip_longest",
    "functools": "reduce partial lru_cache cache",
    "datetime": "datetime timedelta date",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "json": "dumps loads",
    "copy": "deepcopy",
    "random": "randint choice shuffle",
    "heapq": "heappush heappop heapify nlargest nsmallest",
    "bisect": "bisect_left bisect_right insort",
    "dataclasses": "dataclass field asdict",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}
# A plan that is continued after an interruption is run again, and must then do the same.
_CLOCKS = frozenset({"now", "today", "utcnow", "SystemRandom"})


def is_import_of(node: ast.stmt, tools: Mapping[str, ToolFace]) -> bool:
    """Tells whether a statement imports nothing but tools, which need no import."""
    if isinstance(node, ast.ImportFrom):
        return all(alias.name in tools and alias.asname is None for alias in node.names)
    return isinstance(node, ast.Import) and all(alias.name in tools for alias in node.names)


def import_problems(tree: ast.Module, tools: Mapping[str, ToolFace]) -> Iterator[str]:
    """Yields what is wrong with the imports, and with looks at the clock."""
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            if id(node) not in top or not is_import_of(node, tools):
                yield from _import_problems(node)
        elif isinstance(node, ast.Attribute) and node.attr in _CLOCKS and _is_clock(node.value):
            yield (
                f"line {node.lineno}: {ast.unparse(node)}: a plan has no clock and no chance of its own; "
                "ask the user or a tool"
            )


def undefined_problem(name: str, line: int, *, is_called: bool) -> str | None:
    """Returns what is wrong with a name that nothing defines; None for one that may be answered for."""
    if name in _HOME:
        return f"line {line}: {name!r} is not defined; add `from {_HOME[name]} import {name}`"
    if name in MODULES:
        return f"line {line}: {name!r} is not defined; add `import {name}`"
    if is_called and not (name[:1].isupper() and not name.isupper()):
        return None
    kind = "the class " if is_called else ""
    return f"line {line}: {kind}{name!r} is used, and nothing defines it; define or import it"


def call_problems(call: ast.Call, face: ToolFace, tools: Iterable[ToolFace] = ()) -> Iterator[str]:
    """Yields what is wrong with a call of a tool, as far as it can be seen without running it.

    Args:
        call: The call.
        face: Of the tool that it calls.
        tools: What else may be called; one that makes what is wanted of what was given is named.
    """
    properties = face.parameters.get("properties", {})
    place = f"line {call.lineno}: {face.name}{face.signature}"
    is_spread = any(isinstance(node, ast.Starred) for node in call.args)
    if is_spread or any(word.arg is None for word in call.keywords):
        return
    if len(call.args) > len(properties):
        yield f"{place}: expected at most {len(properties)} arguments, found {len(call.args)}"
        return
    given: dict[str, ast.expr] = dict(zip(properties, call.args, strict=False))
    for word in call.keywords:
        name = word.arg or ""
        if name in given:
            yield f"{place}: argument {name!r} is given twice"
        elif name not in properties:
            yield f"{place}: unknown argument {name!r}; expected {', '.join(properties) or 'none'}"
        given[name] = word.value
    missing = [name for name in face.parameters.get("required", ()) if name not in given]
    if missing:
        yield f"{place}: missing {', '.join(missing)}"
    for name, node in given.items():
        if name in properties:
            yield from _value_problem(place, name, node, face, tools)


def _value_problem(
    place: str, name: str, node: ast.expr, face: ToolFace, tools: Iterable[ToolFace]
) -> Iterator[str]:
    try:
        value: Json = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return
    schema = {**face.parameters["properties"][name], "$defs": face.parameters.get("$defs", {})}
    problem = SchemaCheck(schema).problem(value)
    if problem is not None:
        yield f"{place}: argument {name!r}: {problem}{_mend(value, python_type(schema), tools)}"


def _mend(value: Json, wanted: str, tools: Iterable[ToolFace]) -> str:
    """Returns which tools make what is wanted of a value of another type, as a hint; "" for none."""
    makers = [f"{face.name}{face.signature}" for face in tools if _makes(face, wanted, value)]
    return f"; it is made by {' or '.join(makers)}" if makers else ""


def _makes(face: ToolFace, wanted: str, value: Json) -> bool:
    """Tells whether a tool takes just this value, and gives a value of the wanted type."""
    if not face.signature.endswith(f"-> {wanted}"):
        return False
    required = face.parameters.get("required", ())
    check = SchemaCheck({**face.parameters})
    return len(required) == 1 and check.problem({required[0]: value}) is None


def _import_problems(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    is_from = isinstance(node, ast.ImportFrom)
    if is_from and any(alias.name == "*" for alias in node.names):
        yield f"line {node.lineno}: import names one by one, not *"
        return
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in names:
        if name.partition(".")[0] not in MODULES and name != "__future__":
            yield (
                f"line {node.lineno}: module {name or '.'!r} cannot be imported; there are math, re, json, "
                "datetime, collections, itertools, statistics and the like; tools are called without import"
            )


def _is_clock(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("datetime", "date", "random")
