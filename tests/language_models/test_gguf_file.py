from __future__ import annotations

import random
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from language_models import ModelUnavailable
from language_models.gguf_file import GgufFile
from tests.language_models.gguf_writer import LLAMA, TENSORS, gguf, text, write


def read(tmp_path: Path, content: bytes) -> GgufFile:
    return GgufFile.read(write(tmp_path / "tiny.gguf", content))


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, gguf())
    assert (found.architecture, found.title, found.licence) == ("llama", "Tiny", "apache-2.0")
    assert (found.layers, found.context_length, found.embedding, found.feed_forward) == (2, 512, 64, 128)
    assert found.quantisation == "Q8_0"
    assert found.parameters == 64 * 3 + 64 * 64
    assert found.vocabulary == 3
    assert found.bytes_by_type == {"F32": 64 * 3 * 4, "Q8_0": 64 * 64 // 32 * 34}
    assert found.matrix_bytes_by_type == {"Q8_0": 64 * 64 // 32 * 34}
    assert not found.has_chat_template


def test_the_cache_counts_the_heads_that_have_keys(tmp_path: Path) -> None:
    """2 layers of 2 heads, each with a key and a value of 64 / 4 numbers."""
    assert read(tmp_path, gguf()).cached_per_token == 2 * 2 * (16 + 16)


def test_heads_may_differ_by_layer_and_keys_in_length(tmp_path: Path) -> None:
    values = {**LLAMA, "llama.attention.head_count_kv": [0, 3], "llama.attention.key_length": 10}
    assert read(tmp_path, gguf(values)).cached_per_token == 3 * (10 + 16)


def test_a_long_vocabulary_is_counted_and_not_kept(tmp_path: Path) -> None:
    values = {**LLAMA, "tokenizer.ggml.tokens": [f"token {n}" for n in range(5000)]}
    assert read(tmp_path, gguf(values)).vocabulary == 5000


@pytest.mark.model
def test_the_embedded_model_is_read(model_path: Path) -> None:
    found = GgufFile.read(model_path)
    assert (found.architecture, found.quantisation, found.layers) == ("llama", "Q4_1", 30)
    assert found.parameters == 134_515_008
    assert found.cached_per_token == 30 * 3 * (64 + 64)
    assert found.has_chat_template


def test_every_cut_is_refused_and_the_whole_file_is_not(tmp_path: Path) -> None:
    whole = gguf()
    for kept in range(len(whole)):
        with pytest.raises(ModelUnavailable, match=r"tiny\.gguf: not a (whole )?GGUF file"):
            read(tmp_path, whole[:kept])
    assert read(tmp_path, whole).layers == 2


def header(tensors: int, keys: int, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + rest


def array(kind: int, count: int, rest: bytes = b"") -> bytes:
    return text("a") + struct.pack("<IIQ", 9, kind, count) + rest


HOSTILE = {
    "another kind of file": (b"PK\x03\x04" + bytes(100), "begins with b'PK"),
    "an unknown version": (gguf(version=77), "version 77, expected one of 2, 3"),
    "big-endian": (b"GGUF" + struct.pack(">I", 3) + bytes(100), "version 50331648"),
    "countless tensors": (header(2**63, 0, bytes(100)), "announces 9,223,372,036,854,775,808 tensors"),
    "countless keys": (header(0, 2**40, bytes(100)), "announces 1,099,511,627,776 keys"),
    "an endless key": (header(0, 1, struct.pack("<Q", 2**62) + bytes(100)), "characters"),
    "an endless text": (
        header(0, 1, text("general.architecture") + struct.pack("<IQ", 8, 2**60) + bytes(50)),
        "characters",
    ),
    "an endless array": (header(0, 1, array(4, 2**50, bytes(50))), "entries of an array"),
    "an array longer than the file": (header(0, 1, array(12, 50, bytes(60))), "in the middle of its header"),
    "an array of arrays": (header(0, 1, array(9, 1, bytes(50))), "an array of the type 9"),
    "an unknown value": (header(0, 1, text("a") + struct.pack("<I", 99) + bytes(50)), "the unknown type 99"),
    "an unknown tensor type": (gguf(tensors=[("a", (4,), 200)]), "the unknown type 200"),
    "five dimensions": (gguf(tensors=[("a", (1, 1, 1, 1, 1), 0)]), "of 5 dimensions"),
    "no dimensions": (gguf(tensors=[("a", (), 0)]), "of 0 dimensions"),
    "half a block": (gguf(tensors=[("a", (33,), 8)]), "impossible sides"),
    "an architecture that is a number": (gguf({"general.architecture": 3}), "is no text"),
    "no architecture": (gguf({"general.name": "x"}), "names no architecture"),
    "countless layers": (gguf({**LLAMA, "llama.block_count": 10**9}), "1,000,000,000 layers"),
    "negative layers": (gguf({**LLAMA, "llama.block_count": -1}), "block_count is -1"),
    "layers in words": (gguf({**LLAMA, "llama.block_count": "two"}), "block_count is 'two'"),
    "tokens that are a text": (gguf({**LLAMA, "tokenizer.ggml.tokens": "abc"}), "is no array"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_what_is_wrong(tmp_path: Path, name: str) -> None:
    content, words = HOSTILE[name]
    with pytest.raises(ModelUnavailable) as caught:
        read(tmp_path, content)
    assert words in str(caught.value)
    assert "tiny.gguf" in str(caught.value)


def test_sides_whose_product_no_file_can_hold_are_refused_at_once(tmp_path: Path) -> None:
    sides: Any = (2**60, 2**60)
    content = header(1, 0, text("a") + struct.pack("<I2QIQ", 2, *sides, 0, 0)) + bytes(100)
    with pytest.raises(ModelUnavailable, match="impossible sides"):
        read(tmp_path, content)


def test_what_a_hostile_file_announces_takes_no_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ModelUnavailable):
            read(tmp_path, header(0, 1, array(8, 16 << 20, bytes(1000))))
        assert tracemalloc.get_traced_memory()[1] < 5 << 20
    finally:
        tracemalloc.stop()


def test_changed_bytes_give_a_file_or_our_error_and_nothing_else(tmp_path: Path) -> None:
    whole, rng, refused = gguf(tensors=TENSORS), random.Random(5), 0
    for _ in range(400):
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed) // 4)] = rng.randrange(256)
        try:
            read(tmp_path, bytes(changed))
        except ModelUnavailable:
            refused += 1
    assert 50 < refused < 400


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.gguf"):
        with pytest.raises(ModelUnavailable, match=f"{path.name}: cannot be read"):
            GgufFile.read(path)
