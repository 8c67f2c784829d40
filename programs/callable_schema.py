"""Derives JSON schemas from a function: of its arguments, and of what it gives. The only file that imports
docstring_parser.

Types come from the annotations, by pydantic; descriptions from the docstring. To read annotations is to run
them: tools, which nobody trusts, are read inside the sandbox, where tool_bank/schema_guest.py takes the text
of this file along (so it imports no other file of the house).
"""

# Types are values here, of every kind.
# ruff: noqa: ANN401, BLE001

import collections.abc
import inspect
import json
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

import docstring_parser
import numpy as np
import typing_extensions
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    WithJsonSchema,
    create_model,
)
from pydantic.fields import FieldInfo

LEAVES = (Any, object, None, type(None), bool, int, float, str)
ABSTRACT = {
    collections.abc.Collection: list, collections.abc.Container: list, collections.abc.Iterable: list,
    collections.abc.MutableSequence: list, collections.abc.Reversible: list, collections.abc.Sequence: list,
    collections.abc.Mapping: dict, collections.abc.MutableMapping: dict,
    collections.abc.Set: set, collections.abc.MutableSet: set,
}  # fmt: skip
SCALARS = {np.bool_: bool, np.integer: int, np.floating: float, np.str_: str}
STREAMS = (collections.abc.Iterator, collections.abc.Generator)
CONCRETE = (list, dict, tuple, set, frozenset)
QUALIFIERS = (typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.ReadOnly)
DATA = frozenset({"const", "default", "enum", "examples"})  # keywords whose values are no schemas
UNSAID = frozenset({"discriminator", "patternProperties", "title"})  # notes for programs; checked here only
NUMBERS = "Numbers"
NESTED_NUMBERS = {
    "type": "array",
    "items": {"anyOf": [{"type": "number"}, {"type": "boolean"}, {"$ref": f"#/$defs/{NUMBERS}"}]},
}
LARGEST_DEFAULT = 1000  # characters


def _as_array(value: Any) -> Any:
    """Returns a list of numbers as an array; what is no such list is no right value."""
    array = np.asarray(value)
    if not isinstance(value, list | np.ndarray) or array.dtype.kind not in "biuf":
        raise ValueError("expected a list of numbers")
    return array


ARRAY = Annotated[
    Any,
    PlainValidator(_as_array),
    PlainSerializer(lambda array: np.asarray(array).tolist()),
    WithJsonSchema({"type": NUMBERS}),  # holds the place of NESTED_NUMBERS
]


class Interface:
    """What a function takes and gives, as pydantic sees it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = typing_extensions.get_type_hints(inspect.unwrap(function), include_extras=True)
        self.parameters = inspect.signature(function).parameters
        self.hints = {name: _hint(hints[name], given.default) for name, given in self.parameters.items()}
        self.gives = hints.get("return", Any)
        self.has_result_type = "return" in hints
        self.is_field = {n for n, given in self.parameters.items() if isinstance(given.default, FieldInfo)}
        fields: Any = {
            f"p{number}": _field(self.hints[name], name, given.default)
            for number, (name, given) in enumerate(self.parameters.items())
        }
        self.model = create_model(
            "Arguments", __config__=ConfigDict(extra="forbid", protected_namespaces=()), **fields
        )

    def arguments(self, values: dict[str, Any]) -> dict[str, Any]:
        """Returns the values as the function wants them; raises `ValidationError`."""
        made = self.model.model_validate(values)
        named = {name: getattr(made, f"p{number}") for number, name in enumerate(self.parameters)}
        return {name: value for name, value in named.items() if name in values or name in self.is_field}

    def result(self, value: Any) -> Any:
        """Returns what the function gave, as JSON can carry it."""
        if self.is_plain_result():
            return value
        if isinstance(value, collections.abc.Iterator):
            value = list(value)
        adapter: Any = TypeAdapter(_adapted(self.gives))
        return adapter.dump_python(value, mode="json", by_alias=True, warnings=False)

    def is_plain(self) -> bool:
        """Returns whether values may be passed as JSON has them, arrays apart."""
        parameters = all(_is_plain(hint) or _is_array(hint) for hint in self.hints.values())
        return parameters and not self.is_field and self.is_plain_result()

    def is_plain_result(self) -> bool:
        """Returns whether what the function gives can cross the border as it is."""
        return _is_plain(self.gives, is_result=True) or self.result_schema() is None

    def result_schema(self) -> dict[str, Any] | None:
        """Returns the schema of what it gives; None where it says nothing, or nothing that JSON has."""
        if not self.has_result_type:
            return None
        try:
            return _clean(TypeAdapter(_adapted(self.gives)).json_schema(mode="serialization"))
        except Exception:
            return None


@dataclass
class CallableSchemas:
    """What a function takes and gives.

    Attributes:
        parameters: JSON schema of the arguments by name, an object.
        returns: JSON schema of the result; None where the function does not say, or JSON has no word for it.
        description: What the docstring says, without its sections.
        arrays: Parameters that want a numpy array and take lists of numbers.
        converts: Whether arguments or results must be converted, because JSON has no such values.
    """

    parameters: dict[str, Any]
    returns: dict[str, Any] | None
    description: str
    arrays: list[str]
    converts: bool


def schemas_of(function: Callable[..., Any]) -> CallableSchemas:
    """Returns the schemas of a function.

    Raises:
        Exception: Whatever its annotations raise, or pydantic, where JSON has no word for a parameter.
    """
    interface = Interface(function)
    parameters, returns = _clean(interface.model.model_json_schema()), interface.result_schema()
    documentation = docstring_parser.parse(inspect.cleandoc(function.__doc__ or ""))
    for shown, text in _descriptions(documentation, interface):
        if shown in parameters["properties"]:
            parameters["properties"][shown].setdefault("description", text)
    if returns is not None and documentation.returns and documentation.returns.description:
        returns.setdefault("description", documentation.returns.description)
    return CallableSchemas(
        parameters,
        returns,
        documentation.description or "",
        [name for name, hint in interface.hints.items() if _is_array(hint)],
        not interface.is_plain(),
    )


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema that pydantic made without titles and other notes for programs."""
    return _clean(schema)


def _hint(hint: Any, default: Any) -> Any:
    """Returns the hint, which a default of None widens: (count: int = None) may be given None as well."""
    if default is not None or hint is Any or type(None) in typing.get_args(hint):
        return hint
    return Union[hint, None]  # noqa: UP007 - a hint may be a text, which has no |


def _field(hint: Any, name: str, default: Any) -> Any:
    """Returns a field that goes by the parameter's own name, whatever names pydantic keeps for itself."""
    if isinstance(default, FieldInfo):
        return Annotated[_adapted(hint), default], Field(alias=name)
    if default is inspect.Parameter.empty:
        return _adapted(hint), Field(alias=name)
    return _adapted(hint), Field(default=default, alias=name)


def _adapted(hint: Any) -> Any:
    """Returns the hint with arrays marked, and concrete collections for abstract ones."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint is np.ndarray or origin is np.ndarray:
        return ARRAY
    if isinstance(hint, type) and issubclass(hint, np.generic):
        kind: Any = next((plain for general, plain in SCALARS.items() if issubclass(hint, general)), hint)
        return Annotated[kind, AfterValidator(hint)]
    if origin is Annotated:
        described = [_described(mark) for mark in parts[1:]]
        return Annotated[(_adapted(parts[0]), *described)]
    if origin in STREAMS:
        entry: Any = _adapted(parts[0])
        return Annotated[list[entry], AfterValidator(iter)]
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_adapted, parts))]  # noqa: UP007 - as many as there are
    concrete = ABSTRACT.get(origin or hint, origin)
    if concrete not in CONCRETE or hint == tuple[()]:
        return hint
    inner = tuple(_adapted(part) if part is not ... else part for part in parts)
    return concrete[inner] if inner else concrete


def _described(mark: Any) -> Any:
    """Returns a text or a `Doc` among the marks of an annotation as the description that it is."""
    text = mark if isinstance(mark, str) else getattr(mark, "documentation", None)
    return FieldInfo(description=text) if isinstance(text, str) else mark


def _is_array(hint: Any) -> bool:
    """Returns whether a hint asks for an array, or for one or nothing."""
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    if typing.get_origin(hint) in (Union, types.UnionType) and len(parts) == 1:
        hint = parts[0]
    return hint is np.ndarray or typing.get_origin(hint) is np.ndarray


def _is_plain(hint: Any, is_result: bool = False, within: tuple[Any, ...] = ()) -> bool:
    """Returns whether what JSON gives is what the hint means (of a result: whether it may cross so)."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if any(hint is known for known in (*LEAVES, *within)) or (is_result and _is_array(hint)):
        return True
    if origin is Literal:
        return all(type(choice) in LEAVES for choice in parts)
    if origin is Annotated:
        return _is_plain(parts[0], is_result, within) and all(map(_is_constraint, parts[1:]))
    if hasattr(hint, "__supertype__"):
        return _is_plain(hint.__supertype__, is_result, within)
    if typing_extensions.is_typeddict(hint):
        parts, within = _fields_of(hint), (*within, hint)
    elif not _is_plain_collection(origin or hint, is_result) or not _has_text_keys(origin or hint, parts):
        return False
    return all(part is ... or _is_plain(part, is_result, within) for part in parts)


def _fields_of(typed_dict: Any) -> tuple[Any, ...]:
    return tuple(typing_extensions.get_type_hints(typed_dict, include_extras=True).values())


def _is_plain_collection(kind: Any, is_result: bool) -> bool:
    if kind in (Union, types.UnionType, list, dict, *QUALIFIERS):
        return True
    if is_result:
        return kind in (tuple, collections.abc.Sequence, collections.abc.Mapping)
    return ABSTRACT.get(kind) in (list, dict)


def _has_text_keys(kind: Any, parts: tuple[Any, ...]) -> bool:
    return ABSTRACT.get(kind, kind) is not dict or not parts or parts[0] in (str, Any)


def _is_constraint(mark: Any) -> bool:
    """Returns whether a mark of an annotation is checked by the JSON schema alone."""
    if isinstance(mark, FieldInfo):
        return all(map(_is_constraint, mark.metadata))
    is_text = isinstance(mark, str) or isinstance(getattr(mark, "documentation", None), str)
    return is_text or (type(mark).__module__ == "annotated_types" and type(mark).__name__ != "Predicate")


def _clean(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema without titles and defaults that JSON cannot say, its arrays described."""
    has_arrays = f'"{NUMBERS}"' in json.dumps(schema, default=str)
    cleaned: dict[str, Any] = _cleaned(schema)
    if has_arrays:
        cleaned.setdefault("$defs", {})[NUMBERS] = NESTED_NUMBERS
    return cleaned


def _cleaned(node: Any) -> Any:
    if isinstance(node, list):
        return [_cleaned(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == NUMBERS:
        node = {**node, **NESTED_NUMBERS}
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs") and isinstance(value, dict):
            kept[key] = {name: _cleaned(entry) for name, entry in value.items()}
        elif key in DATA:
            kept.update({key: value} if key != "default" or _is_json(value) else {})
        elif key not in UNSAID:
            kept[key] = _cleaned(value)
    return kept


def _is_json(value: Any) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) <= LARGEST_DEFAULT
    except (TypeError, ValueError, RecursionError):
        return False


def _descriptions(
    documentation: docstring_parser.Docstring, interface: Interface
) -> Iterator[tuple[str, str]]:
    """Yields parameters and what the docstring says of them; numpy's style may name several at once."""
    for entry in documentation.params:
        for name in entry.arg_name.split(","):
            if name.strip() in interface.parameters and entry.description:
                yield name.strip(), entry.description
