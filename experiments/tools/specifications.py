"""The everyday tools by name, and what their references answer."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from funsearch.tool_files import load
from programs import ToolSpecification, ToolSpecificationError

__all__ = ["load", "names", "reference_answers", "reference_path", "specification"]

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Returns the names of all tools, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def specification(name: str) -> ToolSpecification:
    """Returns what the tool must do.

    Raises:
        ToolSpecificationError: There is no such tool.
    """
    return load(_FOLDER / f"{_known(name)}.toml")


def reference_path(name: str) -> Path:
    """Returns the module that tells what the tool must answer, and the hidden inputs to ask it for.

    Raises:
        ToolSpecificationError: There is no such tool.
    """
    return _FOLDER / "references" / f"{_known(name)}.py"


def reference_answers(name: str) -> list[tuple[tuple[Any, ...], Any]]:
    """Returns the hidden inputs of a tool, each with what its reference answers.

    Raises:
        ToolSpecificationError: There is no such tool.
    """
    module = import_module(f"{__package__}.references.{_known(name)}")
    function = getattr(module, name)
    return [(tuple(arguments), function(*arguments)) for arguments in module.INPUTS]


def _known(name: str) -> str:
    if name not in names():
        raise ToolSpecificationError(f"tool {name!r}: expected one of {', '.join(names())}")
    return name
