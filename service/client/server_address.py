"""Where a server is, and the token that it wants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from service.errors import UsageError
from service.web.access import TOKEN_FILE, TOKEN_VARIABLE

DEFAULT_SERVER = "http://127.0.0.1:8765"
_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True)
class ServerAddress:
    """Where a server is.

    Attributes:
        text: As users write it, such as "http://127.0.0.1:8765".
        token: That it wants; in no address, and not shown.
    """

    text: str
    token: str = field(repr=False)

    @property
    def socket(self) -> str:
        """The address of its request socket."""
        parts = urlsplit(self.text)
        return f"{_SCHEMES[parts.scheme]}://{parts.netloc}/api/socket"


def address_of(server: str, token: str | None, directory: Path) -> ServerAddress:
    """Returns where a server is.

    Args:
        server: Such as "http://127.0.0.1:8765".
        token: Of the server; None: that of the environment, else of the file in `directory`.
        directory: Of the record that the server serves.

    Raises:
        UsageError: The address is none, or no token is found.
    """
    try:
        parts = urlsplit(server)
        is_whole = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if not is_whole or "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise UsageError(f"server: expected an address such as {DEFAULT_SERVER}, found {server[:200]!r}")
    return ServerAddress(f"{parts.scheme}://{parts.netloc}", token or known_token(directory))


def known_token(directory: Path, environment: Mapping[str, str] | None = None) -> str:
    """Returns the token of the environment, else of a record's file; raises `UsageError`."""
    given = (os.environ if environment is None else environment).get(TOKEN_VARIABLE, "").strip()
    if given:
        return given
    path = directory / TOKEN_FILE
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: expected the server's token in this file: {error}; set {TOKEN_VARIABLE}, or name the "
            "directory of the record that the server serves with --directory"
        ) from error
