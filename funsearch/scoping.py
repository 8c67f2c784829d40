"""Finds the signature of a tool that was asked for without one: as general as its requests need, no more.

A model proposes signatures of rising generality, each with the arguments by which it would serve related
requests. What decides can be computed: the examples must fit; then the share of the requests that bind to
the parameters and their types; then the price of the interface (parameters, loose types, and parameters that
carry a program, which could do anything and so say nothing).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.type_inference import common_type
from funsearch.exceptions import CreationError
from language_models import ChatBackend, ChatRequest, Message, ModelError
from programs import ToolSpecification, ToolSpecificationError
from programs.tool_signature import SignatureError, ToolSignature
from programs.value_type import ValueType

MAX_TOKENS = 600
PARAMETER_COST = 0.05
LOOSE_COST = 0.15  # of a parameter of any type
PROGRAM_COST = 1.0  # of a parameter that is a program
_PROGRAMS = frozenset({"code", "program", "script", "expression", "query", "command", "function"})
_INSTRUCTION = (
    "You design the interface of one Python function. Answer with a JSON list of three objects, from the "
    'most special to the most general: {"signature": "(text: str) -> int", "requests": [{"request": "...", '
    '"arguments": {"text": "..."}}, ...]}. Use only None, bool, int, float, str, list, tuple, dict and '
    "unions of these as types. `requests` are three related requests and the arguments that serve each."
)
_NAMES = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "flag",
    "list": "values",
    "dict": "items",
}


@dataclass(frozen=True)
class Scope:
    """A proposed signature.

    Attributes:
        specification: The tool with this signature.
        requests: Related requests that bind to it.
        served: Their share of all that were proposed with it.
        cost: Price of the interface.
    """

    specification: ToolSpecification
    requests: tuple[str, ...]
    served: float
    cost: float

    @property
    def worth(self) -> float:
        """What decides between proposals; higher is better."""
        return self.served - self.cost


def scoped(specification: ToolSpecification, backend: ChatBackend | None, seed: int = 0) -> ToolSpecification:
    """Returns the specification with a signature: its own, the best proposed one, or what its examples tell.

    Raises:
        CreationError: Nothing tells what the tool takes.
    """
    if specification.signature is not None:
        return specification
    proposals = _proposals(specification, backend, seed) if backend is not None else []
    best = max(proposals, key=lambda scope: scope.worth, default=None)
    if best is not None:
        requests = specification.requests or best.requests
        return dataclasses.replace(best.specification, requests=requests)
    return _from_examples(specification)


def read_scopes(reply: str, specification: ToolSpecification) -> list[Scope]:
    """Returns the proposals of a reply that the examples fit; what is malformed is left out."""
    found = re.search(r"\[.*\]", reply, re.DOTALL)
    try:
        proposals = json.loads(found[0]) if found else []
    except ValueError:
        return []
    scopes = (_scope(proposal, specification) for proposal in proposals if isinstance(proposal, dict))
    return [scope for scope in scopes if scope is not None]


def interface_cost(signature: ToolSignature) -> float:
    """Returns the price of a signature: each parameter, more where it takes anything or a program."""
    return sum(
        PARAMETER_COST + LOOSE_COST * _is_loose(p.type) + PROGRAM_COST * (p.name.lower() in _PROGRAMS)
        for p in signature.parameters
    )


def _proposals(specification: ToolSpecification, backend: ChatBackend, seed: int) -> list[Scope]:
    examples = "\n".join(specification.examples) or "none"
    question = f"The function {specification.name}: {specification.description}\nExamples:\n{examples}"
    messages = (Message("system", _INSTRUCTION), Message("user", question))
    request = ChatRequest(messages=messages, max_tokens=MAX_TOKENS, temperature=0.2, seed=seed % 2**32)
    try:
        [reply] = backend.chat(request).texts
    except ModelError:
        return []
    return read_scopes(reply, specification)


def _scope(proposal: Mapping[str, Any], specification: ToolSpecification) -> Scope | None:
    try:
        complete = dataclasses.replace(specification, signature=str(proposal.get("signature")))
    except ToolSpecificationError:
        return None
    signature = complete.parsed_signature
    assert signature is not None
    requests = [entry for entry in proposal.get("requests") or () if isinstance(entry, dict)]
    served = [
        str(entry.get("request", "")) for entry in requests if _binds(signature, entry.get("arguments"))
    ]
    share = len(served) / len(requests) if requests else 0.0
    return Scope(complete, tuple(text for text in served if text), share, interface_cost(signature))


def _binds(signature: ToolSignature, arguments: object) -> bool:
    if not isinstance(arguments, dict):
        return False
    try:
        signature.bind((), arguments)
    except SignatureError:
        return False
    return True


def _is_loose(kind: ValueType) -> bool:
    return kind.kind == "any" or any(map(_is_loose, kind.items))


def _from_examples(specification: ToolSpecification) -> ToolSpecification:
    examples = specification.parsed_examples
    counts = {len(example.arguments) for example in examples}
    if len(counts) != 1:
        raise CreationError(
            f"{specification.name}: expected a --signature such as '(text: str) -> int', or examples that "
            f"all take the same number of arguments; found {len(examples)} examples"
        )
    columns = zip(*(example.arguments for example in examples), strict=True)
    types = [common_type(column) for column in columns]
    names = _distinct([_NAMES.get(kind.kind, "value") for kind in types])
    returns = common_type(example.expected for example in examples)
    parameters = ", ".join(f"{name}: {written(kind)}" for name, kind in zip(names, types, strict=True))
    return dataclasses.replace(specification, signature=f"({parameters}) -> {written(returns)}")


def written(kind: ValueType) -> str:
    """Returns the annotation that writes a type."""
    match kind.kind:
        case "none":
            return "None"
        case "any":
            return "Any"
        case "union":
            return " | ".join(map(written, kind.items))
        case "literal":
            return f"Literal[{', '.join(map(repr, kind.choices))}]"
        case "dict":
            return f"dict[str, {written(kind.items[0])}]" if kind.items else "dict"
        case _:
            inner = ", ".join(map(written, kind.items)) + (", ..." if kind.repeats and kind.items else "")
            return f"{kind.kind}[{inner}]" if inner else kind.kind


def _distinct(names: Sequence[str]) -> list[str]:
    counted = [f"{name}{1 + names[:n].count(name)}" for n, name in enumerate(names)]
    return [name if names.count(name) == 1 else other for name, other in zip(names, counted, strict=True)]
