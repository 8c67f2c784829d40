"""A proof that a function treats an array parameter element by element.

A proven function gives, for each element, a value that depends on that element and on the other
(scalar) arguments alone: never on the array's length, order, extremes or position. Then its values on
any array can be read off its values on one array that holds every possible element, so a trusted
simulator needs one call instead of one per step.

The proof is a small abstract interpretation. Every expression is SCALAR (independent of the array), an
ARRAY (same shape, element by element) or a MASK (an ARRAY of booleans, usable as an index). Whatever is
not known to keep this is refused (loops, comprehensions, inner functions, subscripts but for masks): a
refusal costs time, a wrong proof would cost truth.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from programs.code_manipulation import FunctionNode, Program, ProgramSyntaxError


class Kind(Enum):
    """What an expression is."""

    SCALAR = "scalar"
    MASK = "mask"
    ARRAY = "array"


Kinds = dict[str, Kind]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# numpy functions that map arrays of one shape to an array of that shape, element by element.
_UFUNCS = _words(
    """abs absolute fabs sqrt cbrt square exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan
    sinh cosh tanh floor ceil rint trunc sign reciprocal negative positive add subtract multiply divide
    true_divide floor_divide mod remainder fmod power float_power maximum minimum fmax fmin arctan2 hypot
    heaviside copysign"""
)
_MASK_UFUNCS = _words(
    """less less_equal greater greater_equal equal not_equal logical_and logical_or logical_not logical_xor
    isnan isinf isfinite"""
)
_LIKE = _words("zeros_like ones_like")
_SCALAR_BUILTINS = _words("abs min max float int bool round pow")
_MATH_FUNCTIONS = _words(
    "sqrt exp log log2 log10 log1p expm1 sin cos tan atan tanh floor ceil pow fabs hypot atan2 fmod"
)
_CONSTANTS = {"numpy": _words("pi e inf"), "math": _words("pi e inf")}


class _RefusedError(Exception):
    """No proof was found."""


def is_elementwise(source: str, function: str, parameter: str) -> bool:
    """Returns whether `function` in the module `source` is proven element-wise in `parameter`."""
    try:
        program = Program(source)
        node = program.function_node(function)
        arguments = [argument.arg for argument in node.args.args]
        if parameter not in arguments or not _is_plain(node):
            return False
        kinds = {name: Kind.ARRAY if name == parameter else Kind.SCALAR for name in arguments}
        return _Proof(_plain_imports(program.tree)).function(node, kinds) is not Kind.SCALAR
    except (_RefusedError, ProgramSyntaxError, RecursionError):
        return False


def _plain_imports(tree: ast.Module) -> dict[str, str]:
    """Returns imported modules by the names they are bound to; refuses a module whose import does more."""
    modules: dict[str, str] = {}
    functions: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                modules |= {alias.asname or alias.name: alias.name for alias in names}
            case ast.FunctionDef(name=name) if _is_plain(node):
                functions.add(name)
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise _RefusedError
    if functions & (modules.keys() | _SCALAR_BUILTINS):
        raise _RefusedError
    return modules


def _is_plain(node: FunctionNode) -> bool:
    """Returns whether defining the function does nothing else, and calling it only binds its arguments."""
    arguments = node.args
    unusual = [
        arguments.vararg,
        arguments.kwarg,
        *arguments.kwonlyargs,
        *arguments.posonlyargs,
        *arguments.defaults,
    ]
    annotations = [node.returns, *(argument.annotation for argument in arguments.args)]
    is_def = isinstance(node, ast.FunctionDef) and not node.decorator_list
    return is_def and not any(unusual) and all(map(_is_harmless, annotations))


def _is_harmless(annotation: ast.expr | None) -> bool:
    """Returns whether evaluating the annotation reads a name or an attribute of one, and no more."""
    match annotation:
        case None | ast.Name() | ast.Constant() | ast.Attribute(value=ast.Name()):
            return True
        case _:
            return False


@dataclass
class _Scope:
    """The names of a function body and the kinds of what it returned so far."""

    kinds: Kinds
    returned: list[Kind] = field(default_factory=list)


@dataclass(frozen=True)
class _Proof:
    modules: dict[str, str]

    def function(self, node: FunctionNode, kinds: Kinds) -> Kind:
        """Returns the kind of the value that the function returns for arguments of the given kinds."""
        scope = _Scope(dict(kinds))
        self.block(node.body, scope)
        if not scope.returned:
            raise _RefusedError
        return _join(scope.returned)

    def block(self, statements: Sequence[ast.stmt], scope: _Scope) -> None:
        for statement in statements:
            self.statement(statement, scope)

    def statement(self, node: ast.stmt, scope: _Scope) -> None:
        match node:
            case ast.Return(value=ast.expr() as value):
                scope.returned.append(self.expression(value, scope))
            case ast.Assign(targets=[target], value=value):
                self.assign(target, self.expression(value, scope), scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign(target, self.expression(value, scope), scope)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value) if not isinstance(
                op, ast.MatMult
            ):
                self.assign(target, self.joined([ast.Name(target.id, ast.Load()), value], scope), scope)
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch(test, body, orelse, scope)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case _:
                raise _RefusedError

    def branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], scope: _Scope) -> None:
        """Joins both branches; a condition on the array itself is no element-wise program."""
        self.require_scalar(test, scope)
        before = dict(scope.kinds)
        self.block(body, scope)
        after_body = scope.kinds
        scope.kinds = dict(before)
        self.block(orelse, scope)
        for name, kind in after_body.items():
            scope.kinds[name] = _join([kind, scope.kinds.get(name, kind)])

    def assign(self, target: ast.expr, kind: Kind, scope: _Scope) -> None:
        match target:
            case ast.Name(id=name) if name not in self.modules:
                scope.kinds[name] = kind
            case ast.Subscript(value=ast.Name(id=name), slice=index) if kind is Kind.SCALAR:
                is_array = scope.kinds.get(name) is Kind.ARRAY
                if not is_array or self.expression(index, scope) is not Kind.MASK:
                    raise _RefusedError
            case _:
                raise _RefusedError

    def expression(self, node: ast.expr, scope: _Scope) -> Kind:
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return Kind.SCALAR
            case ast.Name(id=name) if name in scope.kinds:
                return scope.kinds[name]
            case ast.BinOp(left=left, op=op, right=right) if not isinstance(op, ast.MatMult):
                return self.operation(op, [left, right], scope)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.require_scalar(operand, scope)
            case ast.UnaryOp(op=op, operand=operand):
                return self.operation(op, [operand], scope)
            case ast.Compare(left=left, comparators=[right], ops=[op]) if _is_order(op):
                return Kind.MASK if self.joined([left, right], scope) is not Kind.SCALAR else Kind.SCALAR
            case _:
                return self.control(node, scope)

    def control(self, node: ast.expr, scope: _Scope) -> Kind:
        """Handles what asks for one truth value, calls, and names from modules."""
        match node:
            case ast.Compare(left=left, comparators=comparators, ops=ops) if all(map(_is_order, ops)):
                return self.require_all_scalar([left, *comparators], scope)
            case ast.BoolOp(values=values):
                return self.require_all_scalar(values, scope)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.require_scalar(test, scope)
                return self.joined([body, orelse], scope)
            case ast.Attribute(value=ast.Name(id=module), attr=attr):
                if attr not in _CONSTANTS.get(self.module(module, scope), ()):
                    raise _RefusedError
                return Kind.SCALAR
            case ast.Call(func=function, args=arguments, keywords=[]):
                return self.call(function, arguments, scope)
            case _:
                raise _RefusedError

    def operation(self, op: ast.operator | ast.unaryop, operands: list[ast.expr], scope: _Scope) -> Kind:
        kind = self.joined(operands, scope)
        keeps_mask = isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor | ast.Invert)
        return kind if keeps_mask else _mapped(kind)

    def call(self, function: ast.expr, arguments: list[ast.expr], scope: _Scope) -> Kind:
        match function:
            case ast.Attribute(value=ast.Name(id=module), attr=attr):
                return self.module_call(self.module(module, scope), attr, arguments, scope)
            case ast.Name(id="abs") if "abs" not in scope.kinds and len(arguments) == 1:
                return _mapped(self.expression(arguments[0], scope))
            case ast.Name(id=name) if name in _SCALAR_BUILTINS and name not in scope.kinds:
                return self.require_all_scalar(arguments, scope)
            case _:
                raise _RefusedError

    def module(self, name: str, scope: _Scope) -> str:
        return "" if name in scope.kinds else self.modules.get(name, "")

    def module_call(self, module: str, attr: str, arguments: list[ast.expr], scope: _Scope) -> Kind:
        if module == "math" and attr in _MATH_FUNCTIONS:
            return self.require_all_scalar(arguments, scope)
        if module != "numpy":
            raise _RefusedError
        kind = self.joined(arguments, scope)
        if attr in _MASK_UFUNCS:
            return Kind.MASK if kind is not Kind.SCALAR else Kind.SCALAR
        if attr in _LIKE and len(arguments) == 1:
            return kind
        # `where` with one argument returns positions; a third argument of a ufunc is its output array.
        if (attr == "where" and len(arguments) == 3) or (attr in _UFUNCS and len(arguments) <= 2):
            return _mapped(kind)
        raise _RefusedError

    def joined(self, nodes: Sequence[ast.expr], scope: _Scope) -> Kind:
        return _join([self.expression(node, scope) for node in nodes])

    def require_scalar(self, node: ast.expr, scope: _Scope) -> Kind:
        if self.expression(node, scope) is not Kind.SCALAR:
            raise _RefusedError
        return Kind.SCALAR

    def require_all_scalar(self, nodes: Sequence[ast.expr], scope: _Scope) -> Kind:
        for node in nodes:
            self.require_scalar(node, scope)
        return Kind.SCALAR


def _join(kinds: Sequence[Kind]) -> Kind:
    """Returns the kind of a value that may be any of these; a MASK only if it certainly is one."""
    return kinds[0] if kinds and len(set(kinds)) == 1 else Kind.ARRAY if kinds else Kind.SCALAR


def _mapped(kind: Kind) -> Kind:
    """Returns the kind after arithmetic: no mask any more."""
    return Kind.SCALAR if kind is Kind.SCALAR else Kind.ARRAY


def _is_order(op: ast.cmpop) -> bool:
    return isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq)
