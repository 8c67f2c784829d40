"""Serves one GGUF file to other programs: llama.cpp's own OpenAI-compatible server, in this process.

It knows `/v1/chat/completions`, `/v1/completions` and `/v1/models`, streams, and holds replies to a JSON
schema (`response_format`) as far as llama.cpp does. A required tool call is not bound there, as it is in
`llama_backend`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from language_models.backend import ModelUnavailable
from language_models.llama_engine import LOOPBACK, Door, Loading, open_engine


@dataclass(frozen=True)
class Served:
    """A model that listens.

    Attributes:
        name: The model's name in the list that the server gives.
        base_url: Where an OpenAI client finds it, `/v1` and all.
    """

    name: str
    base_url: str


@contextmanager
def serve(
    path: Path,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    api_key: str | None = None,
    loading: Loading | None = None,
) -> Iterator[Served]:
    """Serves the model while the block runs.

    Args:
        path: A GGUF file.
        host: The address to listen at; any but loopback needs a key.
        port: 0 takes a free one.
        api_key: What clients must send as their bearer token; None lets anybody on this machine ask.
        loading: Context, slots, threads and adapters.

    Raises:
        ModelUnavailable: The file cannot be loaded, or the address is taken.
        ValueError: The address is open to others and there is no key, or the port is none.
    """
    _check_address(host, port, api_key)
    loading = loading or Loading()
    loading.check("serve")
    door = Door(host, port or _free_port(host), api_key)
    server = open_engine(path, loading, door)
    try:
        yield Served(path.stem, f"http://{f'[{host}]' if ':' in host else host}:{door.port}/v1")
    finally:
        del server  # which ends llama.cpp and its listening


def _check_address(host: str, port: int, api_key: str | None) -> None:
    if not 0 <= port < 2**16:
        raise ValueError(f"serve(port={port}): expected 0 to 65535, found {port}")
    if api_key == "":
        raise ValueError("serve(api_key=''): expected a key, or None; an empty one lets anybody in")
    if api_key is None and not _is_loopback(host):
        raise ValueError(
            f"serve(host={host!r}): others could ask the model; give an api_key, or listen at {LOOPBACK}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free_port(host: str) -> int:
    """Returns a port that is free at this address; raises where the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ModelUnavailable(
            f"{host} cannot be listened at: {error}; give an address of this machine"
        ) from error
