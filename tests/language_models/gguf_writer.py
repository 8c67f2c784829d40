"""Writes small GGUF files as tests need them: whole, odd or hostile."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ALIGNMENT = 32
LLAMA: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.license": "apache-2.0",
    "general.file_type": 7,
    "llama.block_count": 2,
    "llama.context_length": 512,
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
}
TENSORS = (("token_embd.weight", (64, 3), 0), ("blk.0.attn_q.weight", (64, 64), 8))
SIZES = {0: (1, 4), 8: (32, 34), 12: (256, 144)}


def text(words: str | bytes) -> bytes:
    raw = words.encode() if isinstance(words, str) else words
    return struct.pack("<Q", len(raw)) + raw


def value(thing: Any) -> bytes:
    """Returns a value with its type: texts, whole numbers, fractions and lists of one of them."""
    if isinstance(thing, str):
        return struct.pack("<I", 8) + text(thing)
    if isinstance(thing, bool):
        return struct.pack("<I?", 7, thing)
    if isinstance(thing, int):
        return struct.pack("<Iq", 11, thing)
    if isinstance(thing, float):
        return struct.pack("<Id", 12, thing)
    kind = 8 if isinstance(thing[0], str) else 11
    entries = b"".join(text(each) if kind == 8 else struct.pack("<q", each) for each in thing)
    return struct.pack("<IIQ", 9, kind, len(thing)) + entries


def gguf(
    values: Mapping[str, Any] = LLAMA,
    tensors: Sequence[tuple[str, tuple[int, ...], int]] = TENSORS,
    version: int = 3,
) -> bytes:
    """Returns a whole file: tensors are (name, sides, type), their weights zeros."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(values))
    head += b"".join(text(key) + value(thing) for key, thing in values.items())
    offset = 0
    for name, sides, kind in tensors:
        head += text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)
        offset += padded(size_of(sides, kind))
    return head + bytes(padded(len(head)) - len(head)) + bytes(offset)


def size_of(sides: tuple[int, ...], kind: int) -> int:
    block, width = SIZES.get(kind, (1, 4))
    numbers = 1
    for side in sides:
        numbers *= side
    return numbers // block * width


def padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def write(path: Path, content: bytes | None = None) -> Path:
    path.write_bytes(gguf() if content is None else content)
    return path
