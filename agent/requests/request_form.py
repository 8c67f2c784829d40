"""From what came in to a wish that can be worked on, or to exact words on why not."""

from __future__ import annotations

import difflib
import reprlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from agent.errors import RequestRefused
from agent.request import Json, ToolOrder, Wish
from agent.requests.requirement_check import contradiction
from agent.requests.terms import terms_of
from programs import ToolSpecification, ToolSpecificationError

LONGEST_OBJECTIVE = 20_000  # characters; what is longer is data, and data belongs in documents
LONGEST_ENTRY = 2_000
MOST_ENTRIES = 100
LONGEST_NAME = 200  # of a user
LONGEST_PATH = 4_096

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = 80


def wish_of(fields: Mapping[str, Json]) -> Wish:
    """Returns the wish that fields make.

    Args:
        fields: "objective", and where wanted "requirements", "constraints" and "documents" (lists of texts),
            "user", and "tool" (an object of "name", "description", "signature" and "examples").

    Raises:
        RequestRefused: A field cannot be worked with (the message names it, what was expected, what was
            found, and the mend), or what is asked for contradicts itself.
    """
    if not isinstance(fields, Mapping):
        raise RequestRefused(f"request: expected an object with an objective, found {_kind(fields)}")
    for key in fields:
        if key not in _Form.model_fields:
            raise RequestRefused(_unknown((key,)))
    try:
        form = _Form.model_validate(dict(fields))
    except ValidationError as error:
        raise RequestRefused(_told(error)) from None
    wish = Wish(
        form.objective, form.requirements, form.constraints, form.documents, form.user, _order(form.tool)
    )
    _refuse_contradictions(wish)
    return wish


def fields_of(wish: Wish) -> dict[str, Json]:
    """Returns the fields of which `wish_of` makes the wish."""
    return asdict(wish)


def _text(longest: int, mend: str) -> Callable[[object], str]:
    """Returns a check for a text with something to read in it."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            _refuse("text", _kind(value), mend)
        if len(value) > longest:
            _refuse(f"at most {longest:,} characters", f"{len(value):,}", mend)
        for character, name in (("\0", "a NUL"), (_surrogate(value), "half a surrogate pair")):
            if character and character in value:
                _refuse("text that UTF-8 can carry", f"{name} at {value.index(character)}", "take it out")
        if not any(unicodedata.category(character)[0] not in "ZC" for character in value):
            _refuse("something to read", "nothing" if not value else f"blanks only ({_shown(value)})", mend)
        return value.strip()

    return check


def _texts(longest: int) -> Callable[[object], tuple[str, ...]]:
    """Returns a check for a list of texts."""
    one = _text(longest, "say it in fewer words, or give the data as a document")

    def check(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            _refuse("a list of texts", _kind(value), 'write it as ["..."]')
        if len(value) > MOST_ENTRIES:
            _refuse(f"at most {MOST_ENTRIES} entries", str(len(value)), "join those that say one thing")
        return tuple(_numbered(number, one, entry) for number, entry in enumerate(value, start=1))

    return check


def _numbered(number: int, check: Callable[[object], str], entry: object) -> str:
    try:
        return check(entry)
    except ValueError as error:
        raise ValueError(f"entry {number}: {error}") from None


def _no_line_breaks(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        _refuse("one line of text", _shown(value), "take out the control characters")
    return value


_SHORTER = "say what is to be reached in words, and give data as a document"
_Texts = Annotated[tuple[str, ...], BeforeValidator(_texts(LONGEST_ENTRY))]
_Words = Annotated[str, BeforeValidator(_text(LONGEST_OBJECTIVE, "write text"))]


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    name: _Words
    description: _Words
    examples: _Texts = ()
    signature: _Words | None = None


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    objective: Annotated[str, BeforeValidator(_text(LONGEST_OBJECTIVE, _SHORTER))]
    requirements: _Texts = ()
    constraints: _Texts = ()
    documents: Annotated[tuple[str, ...], BeforeValidator(_texts(LONGEST_PATH))] = ()
    user: Annotated[
        str, BeforeValidator(_text(LONGEST_NAME, "give the user's name")), AfterValidator(_no_line_breaks)
    ] = "user"
    tool: _Order | None = None


def _order(form: _Order | None) -> ToolOrder | None:
    if form is None:
        return None
    try:
        ToolSpecification(form.name, form.description, form.signature, form.examples)
    except ToolSpecificationError as error:
        raise RequestRefused(f"tool: {error}") from error
    return ToolOrder(form.name, form.description, form.examples, form.signature)


def _refuse_contradictions(wish: Wish) -> None:
    terms = terms_of(wish.constraints)
    found = contradiction(wish.requirements, wish.constraints)
    if found is not None:
        raise found.refusal
    if wish.tool is not None and not terms.may_create:
        raise RequestRefused(
            f"constraints: expected what can hold together, found the order of the tool {wish.tool.name} and "
            "a constraint that no tool be made; take one of them back"
        )


def _refuse(expected: str, found: str, mend: str) -> NoReturn:
    raise ValueError(f"expected {expected}, found {found}; {mend}")


def _told(error: ValidationError) -> str:
    """Returns what is wrong with the first field that is."""
    entry = error.errors(include_url=False, include_input=True, include_context=True)[0]
    if entry["type"] in ("extra_forbidden", "invalid_key"):
        return _unknown(entry["loc"])
    place = ".".join(map(str, entry["loc"]))
    if entry["type"] == "missing":
        return f"{place}: expected text, found nothing; say what it is"
    if entry["type"] == "value_error":
        return f"{place}: {entry['ctx']['error']}"
    return f"{place}: expected an object or nothing, found {_kind(entry['input'])}"


def _unknown(place: tuple[Any, ...]) -> str:
    known = list((_Form if len(place) == 1 else _Order).model_fields)
    near = difflib.get_close_matches(str(place[-1])[:80], known, 1)
    shown = ".".join(str(key)[:80].encode("ascii", "backslashreplace").decode() for key in place)
    mend = f"is {near[0]} meant?" if near else "leave it out"
    return f"{shown!r}: expected one of the fields {', '.join(known)}, found another; {mend}"


def _surrogate(text: str) -> str:
    """Returns the first half of a surrogate pair in a text, "" where there is none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return text[error.start]
    return ""


def _kind(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} ({_shown(value)})"


def _shown(value: object) -> str:
    return _brief.repr(value).encode("ascii", "backslashreplace").decode()
