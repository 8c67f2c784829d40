"""Opens the index of a bank's vectors, in files or on a server, and tells what answers searches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tool_bank.exact_index import IndexHeld, IndexUnusable, VectorIndex

if TYPE_CHECKING:
    from tool_bank.chroma_index import ChromaIndex
    from tool_bank.chroma_server import ServedIndex


class IndexDoor:
    """What opens the index when the first search wants it."""

    def __init__(self, directory: Path, address: str | None) -> None:
        """Takes the directory of the index and the address of the Chroma server, where one is to be asked.

        Raises:
            ValueError: The address is none.
        """
        if address is not None:
            from tool_bank.chroma_server import check_address

            check_address(address)
        self._directory = directory
        self._address = address
        self._index: ChromaIndex | ServedIndex | None = None
        self._refusal = ""

    @property
    def role(self) -> str:
        """What searches are answered by (see `ToolBank.index_role`); empty before the first has wanted it."""
        return self._index.role if self._index is not None else self._refusal

    def open(self, model_id: str) -> VectorIndex:
        """Returns the index; raises `IndexUnusable` where it cannot be had."""
        try:
            self._index = self._opened(model_id)
        except IndexHeld:
            self._refusal = "reader"
            raise
        except IndexUnusable as error:
            self._refusal = f"exact: {error}"
            raise
        return self._index

    def _opened(self, model_id: str) -> ChromaIndex | ServedIndex:
        if self._address is not None:
            from tool_bank.chroma_server import ServedIndex  # late: most banks have their index in files

            return ServedIndex(self._address, self._directory, model_id)
        from tool_bank.chroma_index import ChromaIndex

        return ChromaIndex(self._directory, model_id)
