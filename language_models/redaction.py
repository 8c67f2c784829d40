"""Takes secrets out of what is written down: traces, recordings, messages of errors.

What is secret: values of environment variables whose names say so (..._KEY, TOKEN, SECRET, PASSWORD),
passwords in addresses, what `keep_secret` was told of, and what looks like a key in any text. The environment
is looked at anew each time, so a key that was set late is known too.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
SHORTEST = 5  # characters: masking shorter values would take words apart and hide nothing
_TELLING = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|(?:KEY|TOKEN|PASS)S?(?=\d|_|$)", re.IGNORECASE
)
_NO_SECRET = re.compile(r"true|false|yes|none|null|auto|default|empty|dummy|local|\d{1,6}", re.IGNORECASE)
# A scheme is short; were its length free, a long run of letters would be read again from each of them.
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]{0,30}://[^\s/?#:@\"']*):([^\s/?#@\"']+)@", re.IGNORECASE)
# What keys look like, whoever gave them; the group is what stays.
_SHAPES = (
    _ADDRESS,
    re.compile(r"(\bbearer\s+)(?=[^\s\"',;]*\d|[^\s\"',;]{16})[^\s\"',;]{6,}", re.IGNORECASE),
    re.compile(
        r"(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|digest|token)\s+)[^\s\"',;]+", re.IGNORECASE
    ),
    re.compile(
        r"([?&](?:api[_-]?key|access[_-]?token|token|key|sig|signature|password|secret)=)[^&\s\"'#]+",
        re.IGNORECASE,
    ),
    re.compile(r"(\b(?:x-)?api-key[\"']?\s*[:=]\s*[\"']?)[^\s\"',;]{6,}", re.IGNORECASE),
    re.compile(r"()\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}"),
    re.compile(
        r"()\b(?:gh[pousr]_|github_pat_|hf_|glpat-|xox[abeoprs]-|gsk_|AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,}"
    ),
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)
_told: set[str] = set()


def keep_secret(*values: str | None) -> None:
    """Has values masked from now on: the key that a backend was given, say."""
    _told.update(value for value in values if value)


def redacted(text: str) -> str:
    """Returns a text with every secret masked."""
    return _redacted(text, _secrets(os.environ))


def redacted_value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns a JSON value with every secret masked, in keys too."""
    return _redacted_value(value, _secrets(os.environ))


def _redacted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    for shape in _SHAPES:
        text = shape.sub(_masked, text)
    return text


def _redacted_value(value: Any, secrets: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return _redacted(value, secrets)
    if isinstance(value, Mapping):
        return {_redacted(str(k), secrets): _redacted_value(entry, secrets) for k, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted_value(entry, secrets) for entry in value]
    return value


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the secrets that are known, in each spelling, the longest first: one may hold another."""
    known = set(_told)
    for name, value in environment.items():
        if _TELLING.search(name):
            known.update((value, value.strip()))
        known.update(unquote(found.group(2)) for found in _ADDRESS.finditer(value))
    worth = {value for value in known if len(value) >= SHORTEST and not _NO_SECRET.fullmatch(value)}
    spelt = {spelling for value in worth for spelling in _spellings(value)}
    return tuple(sorted(spelt, key=len, reverse=True))


def _spellings(secret: str) -> Iterator[str]:
    """Yields how a secret may be written: as it is, in JSON, in an address, in base64, as Python shows it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(json.dumps(secret)[1:-1])[1:-1]  # arguments of a call are JSON within JSON
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


def _masked(found: re.Match[str]) -> str:
    kept = found.group(1)
    return f"{kept}:{MASK}@" if found.re is _ADDRESS else f"{kept}{MASK}"
