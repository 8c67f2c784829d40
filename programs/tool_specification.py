"""What a tool must do: name, description, signature and precondition, examples, and what it may use."""

from __future__ import annotations

import ast
import keyword
import re
import sys
from dataclasses import dataclass
from functools import cached_property

from programs.code_manipulation import MAX_SOURCE_CHARACTERS, ProgramSyntaxError, parse
from programs.comparison import differ
from programs.tool_signature import SignatureError, ToolSignature
from programs.value_type import DEEPEST, is_plain

LONGEST_NAME = 64
LONGEST_DESCRIPTION = MAX_SOURCE_CHARACTERS // 10  # it goes into every prompt
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ANY_NAME = "f"  # what an example may call the tool whatever its name is


class ToolSpecificationError(ValueError):
    """The specification cannot be worked with; the message names the field, what it expected and found."""


@dataclass(frozen=True)
class Example:
    """A call and what it must return.

    Attributes:
        arguments: One per parameter, in order (as given where the signature is not known).
        expected: What it returns.
        text: As the user wrote it.
    """

    arguments: tuple[object, ...]
    expected: object
    text: str


@dataclass(frozen=True)
class ToolSpecification:
    """A tool that is wanted.

    Attributes:
        name: A Python identifier of at most 64 ASCII letters, digits and underscores.
        description: What it does, in words: two at least.
        signature: Such as "(text: str) -> int"; None where it is to be found.
        examples: Such as "f('1h') == 3600", with `f` or the tool's name.
        precondition: A Python expression of the parameters, true of every input that the tool is for; outside
            it the tool need only fail cleanly.
        requests: Related requests that the tool shall serve as well: how general it should be.
        imports: Modules of the standard library that it may import; None allows all but those that reach out.
        any_order: Whether the order of a returned list does not matter.

    Raises:
        ToolSpecificationError: A field cannot be worked with.
    """

    name: str
    description: str
    signature: str | None = None
    examples: tuple[str, ...] = ()
    precondition: str | None = None
    requests: tuple[str, ...] = ()
    imports: tuple[str, ...] | None = None
    any_order: bool = False

    def __post_init__(self) -> None:
        for field in ("examples", "requests", "imports"):
            self._keep_as_tuple(field)
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME or keyword.iskeyword(self.name):
            raise ToolSpecificationError(
                f"name: expected a Python identifier of at most {LONGEST_NAME} ASCII letters, digits and "
                f"underscores, found {self.name[:80]!r}"
            )
        self._check_description()
        for module in self.imports or ():
            if module.partition(".")[0] not in sys.stdlib_module_names:
                raise ToolSpecificationError(
                    f"imports: expected modules of the standard library, found {module!r}"
                )
        _ = self.parsed_signature, self.parsed_examples
        self._check_precondition()

    def _keep_as_tuple(self, field: str) -> None:
        found = getattr(self, field)
        if isinstance(found, str):
            raise ToolSpecificationError(
                f"{field}: expected a sequence of texts, found one text {found[:80]!r}"
            )
        if found is not None:
            object.__setattr__(self, field, tuple(found))

    def _check_description(self) -> None:
        if len(self.description.split()) < 2 or not _is_writable(self.description):
            raise ToolSpecificationError(
                f"description: expected what {self.name} does, in two words of UTF-8 or more, "
                f"found {self.description[:80]!r}"
            )
        if len(self.description) > LONGEST_DESCRIPTION:
            raise ToolSpecificationError(
                f"description: expected at most {LONGEST_DESCRIPTION} characters, "
                f"found {len(self.description)}; give the data as examples"
            )

    @cached_property
    def parsed_signature(self) -> ToolSignature | None:
        """The signature; None where it is to be found."""
        if self.signature is None:
            return None
        try:
            return ToolSignature.from_text(self.signature)
        except SignatureError as error:
            raise ToolSpecificationError(str(error)) from error

    @cached_property
    def parsed_examples(self) -> tuple[Example, ...]:
        """The examples, of which no two contradict each other."""
        examples = tuple(map(self._example, self.examples))
        calls: dict[str, Example] = {}  # by their text: inputs that differ in the tenth digit are two
        for example in examples:
            other = calls.setdefault(repr(example.arguments), example)
            if differ(other.expected, example.expected, any_order=self.any_order):
                raise ToolSpecificationError(
                    f"examples contradict each other: {other.text!r:.200} and {example.text!r:.200}"
                )
        return examples

    def _example(self, text: str) -> Example:
        call, expected = self._sides(text)
        try:
            positional = [ast.literal_eval(argument) for argument in call.args]
            named = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
            value = ast.literal_eval(expected)
        except (ValueError, TypeError) as error:  # TypeError: a set of lists
            raise _not_an_example(text, "every value a literal") from error
        if len(named) < len(call.keywords):
            raise _not_an_example(text, "no ** in the call")
        if not all(map(is_plain, [*positional, *named.values(), value])):
            raise _not_an_example(
                text, f"no complex number, no ellipsis, at most {DEEPEST} collections within each other"
            )
        if self.parsed_signature is None:
            if named:
                raise _not_an_example(text, "arguments by position, as no signature is given")
            return Example(tuple(positional), value, text)
        try:
            arguments = self.parsed_signature.bind(positional, named)
        except SignatureError as error:
            raise ToolSpecificationError(f"example {text!r:.200}: {error}; {self.signature}") from error
        if not self.parsed_signature.returns.accepts(value):
            raise ToolSpecificationError(
                f"example {text!r:.200}: expected a result that fits {self.signature}, found {value!r:.80}"
            )
        return Example(arguments, value, text)

    def _sides(self, text: str) -> tuple[ast.Call, ast.expr]:
        try:
            statements = parse(text.strip()).body
        except ProgramSyntaxError as error:
            raise _not_an_example(text, str(error)) from error
        match statements:
            case [
                ast.Expr(
                    ast.Compare(
                        left=ast.Call(func=ast.Name(id=name)) as call, ops=[ast.Eq()], comparators=[right]
                    )
                )
            ]:
                if name in (_ANY_NAME, self.name):
                    return call, right
                raise _not_an_example(text, f"a call of {_ANY_NAME} or {self.name}, found one of {name}")
        raise _not_an_example(text, "a call, ==, and one literal")

    def _check_precondition(self) -> None:
        if self.precondition is None:
            return
        if self.parsed_signature is None:
            raise ToolSpecificationError(
                "precondition: it speaks of parameters, so give the signature as well"
            )
        try:
            match parse(self.precondition.strip()).body:
                case [ast.Expr()]:
                    return
            why = "found statements"
        except ProgramSyntaxError as error:
            why = str(error)
        raise ToolSpecificationError(
            f"precondition {self.precondition!r:.200}: expected one Python expression: {why}"
        )


def _is_writable(text: str) -> bool:
    """Returns whether UTF-8 can carry a text, as prompts and files must."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_an_example(text: str, expected: str) -> ToolSpecificationError:
    return ToolSpecificationError(
        f"example {text[:200]!r}: expected the form \"f('1h') == 3600\": {expected}"
    )
