"""The names that a source can bind at its top level, told without running it.

A name counts as missing only where nothing could bind it: neither a statement, nor a `global` in a function,
nor any of the words through which Python reaches a namespace by other ways. In doubt the candidate runs, and
its outcome tells.
"""

from __future__ import annotations

import re
import symtable
import unicodedata
import warnings
from collections.abc import Iterator

MAX_SOURCE_CHARACTERS = 200_000  # a longer one is not looked into: its reader pays for every character
_SHOWN = 20
# Each is a way to bind a name whose letters need not stand in the source.
_BACK_DOORS = re.compile(
    r"\b(?:exec|eval|compile|globals|locals|vars|setattr|getattr|attrgetter|methodcaller|setitem|f_\w+|"
    r"sys|builtins|importlib|runpy|code|inspect|gc|ctypes|types|typing|pickle|timeit|pdb|doctest|profile|cProfile|"
    r"__(?!(?:future|init|name|main|doc|str|repr|eq|lt|hash|len|call|iter|next|getitem|enter|exit|all)__)\w+__|"
    r"candidate|import[\s\\]*\*)(?!\w)"
)


def require_function(source: str, function: str) -> None:
    """Raises ValueError where `source` can never have a function of this name; it names those there are."""
    if re.search(rf"^(?:async[ \t]+)?def[ \t]+{function}\b", source, re.MULTILINE):
        return  # almost every request ends here, for a few microseconds
    table = _read(source)
    if table is None or function in _bound(table):
        return
    found = sorted(symbol.get_name() for symbol in table.get_symbols() if symbol.is_namespace())
    listing = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    raise ValueError(
        f"function: expected a name that the source binds ({listing or 'it defines no function'}), "
        f"found {function!r}"
    )


def _read(source: str) -> symtable.SymbolTable | None:
    """Returns the names of a source; None where it has a back door or cannot be read."""
    if len(source) > MAX_SOURCE_CHARACTERS or _BACK_DOORS.search(unicodedata.normalize("NFKC", source)):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # a candidate's doubtful escapes are no news of ours
            return symtable.symtable(source, "<candidate>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None  # the candidate's own error, which running it shows


def _bound(top: symtable.SymbolTable) -> set[str]:
    """Returns what the top level binds, and what a function anywhere in it declares `global` and binds."""
    return {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if (table is top or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported())
    }


def _tables(top: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Yields a table and all below it, without recursion."""
    waiting = [top]
    while waiting:
        table = waiting.pop()
        yield table
        waiting += table.get_children()
