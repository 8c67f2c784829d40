"""Writes a little LoRA adapter as GGUF."""

from __future__ import annotations

import struct

import numpy as np

ALIGNED = 32
RANK = 2


def lora_file(size: float, *, width: int = 576) -> bytes:
    """Returns an adapter of the first layer's queries; `width` is that of the model, `size` that of its weights."""
    rng = np.random.default_rng(0)
    tensors = {
        "blk.0.attn_q.weight.lora_a": rng.normal(size=(RANK, width)).astype("<f4"),
        "blk.0.attn_q.weight.lora_b": (size * rng.normal(size=(width, RANK))).astype("<f4"),
    }
    notes = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(notes) + 1)
    for key, value in notes.items():
        head += _text(key) + struct.pack("<I", 8) + _text(value)
    head += _text("adapter.lora.alpha") + struct.pack("<If", 6, float(RANK))
    body = b""
    for name, tensor in tensors.items():
        head += _text(name) + struct.pack("<IQQIQ", 2, *reversed(tensor.shape), 0, len(body))
        body += _padded(tensor.tobytes())
    return _padded(head) + body


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNED)
