"""The everyday tools by name."""

from __future__ import annotations

from pathlib import Path

from funsearch.tool_files import load
from programs import ToolSpecification, ToolSpecificationError

__all__ = ["load", "names", "reference_path", "specification"]

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


def _known(name: str) -> str:
    if name not in names():
        raise ToolSpecificationError(f"tool {name!r}: expected one of {', '.join(names())}")
    return name
