"""Who may come in: whoever has the server's token, or a session that was opened with it.

The token lies in a file that only its owner can read; it is never in an address, nor in a log. A session is
a value made of the token, so that a browser stays signed in when the server is started again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from service.errors import UsageError

TOKEN_FILE = "token"
TOKEN_VARIABLE = "FUNSEARCH_TOKEN"
COOKIE = "funsearch_session"
SHORTEST_TOKEN = 16  # characters; what is shorter could be guessed
READABLE_BY_OWNER = 0o600


class Access:
    """Knows the token."""

    def __init__(self, token: str) -> None:
        if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError(
                f"token: expected {SHORTEST_TOKEN} or more ASCII characters without blanks, found "
                f"{len(token)} characters; leave {TOKEN_VARIABLE} unset to have one made"
            )
        self._token = token
        self.session = hmac.new(token.encode(), b"funsearch session", hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "Access(...)"

    def is_token(self, given: str) -> bool:
        """Tells whether this is the token, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())

    def admits(self, authorization: str, cookies: Mapping[str, str]) -> bool:
        """Tells whether a request may come in, by its "Authorization" header and its cookies."""
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer" and self.is_token(credentials.strip()):
            return True
        session = cookies.get(COOKIE, "").encode("utf-8", "replace")
        return hmac.compare_digest(session, self.session.encode())


def token_of(directory: Path, environment: Mapping[str, str] | None = None) -> str:
    """Returns the token of a record's server: of the environment, else of its file, which is made if need be.

    Raises:
        UsageError: The file cannot be read or made, or others can read it.
    """
    given = (os.environ if environment is None else environment).get(TOKEN_VARIABLE, "").strip()
    if given:
        return given
    path = directory / TOKEN_FILE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _make(path)
        _check_private(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: expected a file for the server's token that may be read and written: {error}; "
            f"or set {TOKEN_VARIABLE}"
        ) from error


def token_file(directory: Path, environment: Mapping[str, str] | None = None) -> Path | None:
    """Returns the file that the token of a record's server lies in; None where the environment has it."""
    is_given = (os.environ if environment is None else environment).get(TOKEN_VARIABLE, "").strip()
    return None if is_given else directory / TOKEN_FILE


def _check_private(path: Path) -> None:
    """Raises `UsageError` where others could have read or written the token, or could yet."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise UsageError(
            f"{path}: expected a regular file of your own for the token; remove it to have one made"
        )
    if found.st_mode & 0o077:
        raise UsageError(
            f"{path}: expected a file that you alone can read, found mode {stat.S_IMODE(found.st_mode):o}: "
            "its token may be known to others; remove it to have another made"
        )


def _make(path: Path) -> None:
    """Makes a token where there is none; whoever comes second finds the first one's, whole."""
    if path.is_symlink() or path.exists():
        return
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE_BY_OWNER)
    try:
        with os.fdopen(file, "w") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink(missing_ok=True)
