"""What a plan expects of a call: the type of its value, read from where the call stands.

Types are written as annotations: "bool", "list[str]", "int | float". Nothing that stands here is certain; it
is asked of the model that answers in place of a function, whose replies would otherwise be of any form.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

NUMBER = "int | float"
KEY = "int | float | str"
ANY = "object"
_WEAK = frozenset({"bool", KEY, "str | int", "list | str"})  # any value may stand there
_DEEPEST = 2  # variables that are followed
_MOST_USES = 20  # of one variable that are looked at
_LIST_TAKERS = frozenset(
    {"list", "set", "tuple", "sorted", "len", "enumerate", "reversed", "zip", "frozenset"}
)
_NUMBER_TAKERS = frozenset({"abs", "round", "range", "divmod", "pow"})
_TRUTH_NAMES = (
    "is_", "has_", "can_", "should_", "contains_", "does_", "are_", "was_", "were_", "did_", "will_",
    "would_", "mentions_", "sounds_", "seems_",
)  # fmt: skip
_TEXT_METHODS = frozenset(dir(str)) - frozenset(dir(list)) - frozenset(dir(dict))
_LIST_METHODS = frozenset(dir(list)) - frozenset(dir(str)) - frozenset(dir(dict))
_DICT_METHODS = frozenset(dir(dict)) - frozenset(dir(list))
_OF_PARTS = {"sum": NUMBER, "min": KEY, "max": KEY, "any": "bool", "all": "bool", "join": "str"}
_GIVEN = {
    "str": "str", "chr": "str", "repr": "str", "list": "list", "sorted": "list", "dict": "dict",
    "len": NUMBER, "sum": NUMBER, "int": NUMBER, "float": NUMBER, "round": NUMBER, "abs": NUMBER,
}  # fmt: skip
_PARTS = (ast.GeneratorExp, ast.ListComp, ast.SetComp)


@dataclass(frozen=True)
class Expectation:
    """What is expected of a value.

    Attributes:
        type: As an annotation; "object" where anything will do.
        seen: Texts that the plan compares the value with.
    """

    type: str = ANY
    seen: tuple[str, ...] = ()


class Expectations:
    """Reads a plan for what it expects.

    Args:
        tree: The plan.
        parameters: Of functions whose parameters have types: from a name to the annotations in their order.
    """

    def __init__(self, tree: ast.Module, parameters: Mapping[str, Mapping[str, str]]) -> None:
        self._tree = tree
        self._parameters = parameters
        self._parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self._starts = _first_constants(tree)
        self._loads: defaultdict[str, list[ast.Name]] = defaultdict(list)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self._loads[node.id].append(node)

    def of(self, call: ast.expr) -> Expectation:
        """Returns what is expected of the value of an expression."""
        found = list(dict.fromkeys(hint for hint in self._hints(call, _DEEPEST) if hint))
        types = [hint for hint in found if not hint.startswith("=")]
        literals = [hint for hint in types if hint.startswith("Literal")]
        if literals and all(hint in ("str", *literals) for hint in types):
            types = literals[:1]
        types = [hint for hint in types if hint not in _WEAK] or types
        seen = tuple(hint[1:] for hint in found if hint.startswith("="))
        return Expectation(_joined(types), seen)

    def of_handed_over(self, call: ast.Call) -> Expectation:
        """Returns what is expected of a function that a call hands over, such as a key."""
        name = _name_of(call.func)
        if name == "filter" or name.startswith(("takewhile", "dropwhile", "filterfalse")):
            return Expectation("bool")
        return Expectation(KEY if any(word.arg == "key" for word in call.keywords) else ANY)

    def _hints(self, node: ast.expr, depth: int) -> Iterator[str]:
        """Yields types, and "=text" for texts that the value is compared with."""
        parent = self._parents.get(node)
        if parent is None:
            return
        for kinds, read in _READERS:
            if isinstance(parent, kinds):
                yield from read(self, parent, node, depth)
                return

    def _condition(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        if getattr(parent, "test", node) is node:
            yield "bool"
        elif isinstance(parent, ast.IfExp):
            yield from self._hints(parent, depth)

    def _either(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.BoolOp)
        others = [value for value in parent.values if value is not node]
        if "bool" in self._hints(parent, depth) or isinstance(parent.op, ast.And):
            yield "bool"
        for other in others if isinstance(parent.op, ast.Or) else ():
            yield _type_of(other)

    def _unary(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.UnaryOp)
        yield "bool" if isinstance(parent.op, ast.Not) else NUMBER

    def _loop(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        if getattr(parent, "iter", None) is node:
            yield "list"
        elif node in getattr(parent, "ifs", ()):
            yield "bool"

    def _arithmetic(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.BinOp)
        other = parent.right if parent.left is node else parent.left
        known = self._known(other)
        if isinstance(parent.op, ast.Add):
            yield known or (KEY if isinstance(other, ast.Call) else "")
        elif known == NUMBER or not isinstance(parent.op, ast.BitOr | ast.BitAnd | ast.Mod):
            yield NUMBER

    def _added(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.AugAssign)
        yield self._known(parent.target) if isinstance(parent.op, ast.Add) else NUMBER

    def _comparison(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.Compare)
        sides = [parent.left, *parent.comparators]
        for left, operator, right in zip(sides, parent.ops, sides[1:], strict=False):
            if node not in (left, right):
                continue
            yield from self._compared(parent, operator, right if left is node else left, is_left=left is node)

    def _compared(
        self, parent: ast.Compare, operator: ast.cmpop, other: ast.expr, *, is_left: bool
    ) -> Iterator[str]:
        if isinstance(operator, ast.In | ast.NotIn):
            if not is_left:
                yield "list | str" if _type_of(other) == "str" else "list"
                return
            texts = _texts(other)
            held = isinstance(self._parents.get(parent), ast.Assert) and isinstance(operator, ast.In)
            yield f"Literal[{', '.join(map(repr, texts))}]" if texts and held else "str" if texts else ""
            yield from (f"={text}" for text in texts)
        elif isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            yield self._known(other) or NUMBER
        else:
            yield self._known(other)
            yield from (f"={text}" for text in _texts(other))

    def _attribute(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.Attribute)
        for methods, kind in ((_TEXT_METHODS, "str"), (_LIST_METHODS, "list"), (_DICT_METHODS, "dict")):
            if parent.attr in methods and not parent.attr.startswith("__"):
                yield kind

    def _subscript(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.Subscript)
        if parent.slice is node:
            yield "str | int"
        else:
            yield {"str": "dict", NUMBER: "list"}.get(_type_of(parent.slice), "")

    def _in_text(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.FormattedValue)
        wanted = ast.unparse(parent.format_spec) if parent.format_spec else ""
        yield NUMBER if any(sign in wanted for sign in ".,%") else KEY

    def _argument(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        call = parent if isinstance(parent, ast.Call) else self._parents.get(parent)
        if not isinstance(call, ast.Call) or node is call.func:
            return
        name = _name_of(call.func)
        if isinstance(call.func, ast.Attribute):
            yield {"join": "list[str]", "get": "str | int"}.get(name, "str" if name in _TEXT_METHODS else "")
        elif name in self._parameters:
            yield self._parameter(name, call, node)
        elif name in _NUMBER_TAKERS:
            yield NUMBER
        elif name in ("int", "float"):
            yield KEY
        elif len(call.args) == 1 and name in _LIST_TAKERS:
            yield "list"
        elif name in ("sum", "max", "min"):
            yield "list[int | float]" if len(call.args) == 1 else NUMBER

    def _parameter(self, name: str, call: ast.Call, node: ast.expr) -> str:
        types = self._parameters[name]
        for word in call.keywords:
            if word.value is node:
                return types.get(word.arg or "", "")
        position = call.args.index(node) if node in call.args else len(types)
        return [*types.values(), ""][min(position, len(types))]

    def _part(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        """Yields what is expected of the parts of a collection."""
        if getattr(parent, "elt", None) is not node:
            return
        holder = self._parents.get(parent)
        name = _name_of(holder.func) if isinstance(holder, ast.Call) else ""
        yield _OF_PARTS.get(name, "")

    def _pair(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        keys = parent.keys if isinstance(parent, ast.Dict) else [getattr(parent, "key", None)]
        if node in keys:
            yield "str | int"

    def _lambda(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        holder = self._parents.get(parent)
        call = self._parents.get(holder) if isinstance(holder, ast.keyword) else holder
        if isinstance(call, ast.Call):
            yield self.of_handed_over(call).type

    def _assigned(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        if isinstance(parent, ast.AnnAssign):
            yield ast.unparse(parent.annotation)
            return
        targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
        if isinstance(parent, ast.NamedExpr):
            yield from self._hints(parent, depth)
        for target in targets:
            if isinstance(target, ast.Tuple | ast.List):
                yield "list"
            elif isinstance(target, ast.Name) and depth:
                yield from self._uses(target, depth - 1)

    def _uses(self, target: ast.Name, depth: int) -> Iterator[str]:
        scope = self._scope(target)
        for found in self._loads[target.id][:_MOST_USES]:
            if self._scope(found) is scope:
                yield from self._hints(found, depth)

    def _scope(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.FunctionDef | ast.Module):
            node = self._parents[node]
        return node

    def _returned(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        function = self._scope(parent)
        if isinstance(function, ast.FunctionDef) and function.returns is not None:
            yield ast.unparse(function.returns)

    def _matched(self, parent: ast.AST, node: ast.expr, depth: int) -> Iterator[str]:
        assert isinstance(parent, ast.Match)
        for pattern in (found for case in parent.cases for found in _alternatives(case.pattern)):
            if isinstance(pattern, ast.MatchMapping | ast.MatchSequence):
                yield "dict" if isinstance(pattern, ast.MatchMapping) else "list"
            elif isinstance(pattern, ast.MatchValue):
                yield _type_of(pattern.value)
                yield from (f"={text}" for text in _texts(pattern.value))

    def _known(self, node: ast.expr) -> str:
        """Returns the type of an operand: of a literal, or of a variable that began as one."""
        if isinstance(node, ast.Name):
            return self._starts.get(node.id, "")
        return _type_of(node)


_Reader = Callable[[Expectations, ast.AST, ast.expr, int], Iterator[str]]
_READERS: tuple[tuple[tuple[type[ast.AST], ...], _Reader], ...] = (
    ((ast.If, ast.While, ast.Assert, ast.IfExp), Expectations._condition),
    ((ast.BoolOp,), Expectations._either),
    ((ast.UnaryOp,), Expectations._unary),
    ((ast.For, ast.comprehension), Expectations._loop),
    ((ast.Starred, ast.YieldFrom), lambda *_: iter(("list",))),
    ((ast.BinOp,), Expectations._arithmetic),
    ((ast.AugAssign,), Expectations._added),
    ((ast.Compare,), Expectations._comparison),
    ((ast.Attribute,), Expectations._attribute),
    ((ast.Subscript,), Expectations._subscript),
    ((ast.FormattedValue,), Expectations._in_text),
    ((ast.Call, ast.keyword), Expectations._argument),
    (_PARTS, Expectations._part),
    ((ast.Dict, ast.DictComp), Expectations._pair),
    ((ast.Lambda,), Expectations._lambda),
    ((ast.Assign, ast.AnnAssign, ast.NamedExpr), Expectations._assigned),
    ((ast.Return,), Expectations._returned),
    ((ast.Match,), Expectations._matched),
)


def _alternatives(pattern: ast.pattern) -> Iterator[ast.pattern]:
    """Yields what a pattern is made of at its top: `1 | 2 as n` is 1 and 2."""
    if isinstance(pattern, ast.MatchOr):
        for entry in pattern.patterns:
            yield from _alternatives(entry)
    elif isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        yield from _alternatives(pattern.pattern)
    else:
        yield pattern


def by_name(name: str, found: Expectation | None = None) -> Expectation:
    """Returns what is expected of a function by its name, where its place does not say more.

    Where a number or a key will do, a truth does as well: `sum(is_red(x) for x in bag)` counts truths.
    """
    found = found or Expectation()
    says_little = found.type in (ANY, NUMBER, KEY, "str | int")
    return Expectation("bool") if says_little and name.startswith(_TRUTH_NAMES) else found


def _joined(types: list[str]) -> str:
    """Returns a union; what is a list of something is no list of anything as well."""
    parts = dict.fromkeys(part for kind in types for part in _split(kind))
    narrowed = [part for part in parts if not any(other.startswith(f"{part}[") for other in parts)]
    return ANY if ANY in parts or not parts else " | ".join(narrowed)


def _split(kind: str) -> list[str]:
    """Returns the parts of a union; one within brackets stays whole."""
    return kind.split(" | ") if "[" not in kind else [kind]


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _type_of(node: ast.AST) -> str:
    """Returns the type of a literal, or of what a function of Python's gives; "" of others."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _type_of(node.operand)
    if isinstance(node, ast.JoinedStr):
        return "str"
    if isinstance(node, ast.List | ast.ListComp):
        return "list"
    if isinstance(node, ast.Dict | ast.DictComp):
        return "dict"
    if isinstance(node, ast.Call):
        return _GIVEN.get(getattr(node.func, "id", ""), "")
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        return "bool"
    return NUMBER if isinstance(value, int | float) else "str" if isinstance(value, str) else ""


def _texts(node: ast.AST) -> tuple[str, ...]:
    """Returns the texts in a literal, or in a literal collection of texts alone."""
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ()
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return ()
    texts = [text for entry in node.elts if isinstance(entry, ast.Constant) for text in _texts(entry)]
    return tuple(texts) if len(texts) == len(node.elts) else ()


def _first_constants(tree: ast.Module) -> dict[str, str]:
    """Returns the types of the literals that variables begin as."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            kind = _type_of(node.value)
            if kind:
                found.setdefault(node.targets[0].id, kind)
    return found
