"""Where an endpoint is and what opens it; the secrets in it are shown nowhere."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Address:
    """An endpoint's address, and the key for it.

    Attributes:
        url: The address, without a user or password: it is logged.
        host: Its host and port.
        key: Sent as the bearer token, "" for none.
        authorization: What is sent instead of the key where the address had a user or password, else "".
        secrets: Texts that no message may hold.
    """

    url: str
    host: str
    key: str = field(repr=False)
    authorization: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def parse(cls, url: str, key: str | None) -> Address:
        """Returns the address of a text such as "http://127.0.0.1:8000/v1".

        Raises:
            ValueError: It is no http address, or the key holds what no header may.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"OPENAI_BASE_URL with scheme {parts.scheme!r} and host {parts.hostname!r}: "
                "expected an address such as http://127.0.0.1:8000/v1"
            )
        host = parts.netloc.rpartition("@")[2]
        bearer = _clean(key or "")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode() if user or password else ""
        return cls(
            url=urlunsplit((parts.scheme, host, parts.path, parts.query, "")),
            host=host,
            key=bearer,
            authorization=f"Basic {pair}" if pair else "",
            secrets=tuple(text for text in (bearer, parts.password, password, pair) if text),
        )

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own."""
        return self.url.rstrip("/") == OPENAI

    def masked(self, text: str) -> str:
        """Returns a text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def _clean(key: str) -> str:
    """Returns the key without the blanks that files and shells leave around it."""
    bare = key.strip()
    if not (bare.isascii() and bare.isprintable()):
        raise ValueError(
            "OPENAI_API_KEY: expected printable ASCII characters, found others; paste the key again"
        )
    return bare
