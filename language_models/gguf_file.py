"""What a GGUF file says of itself: its header is read, its weights are not.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. A file may come from anywhere, so every
count and length is held against a bound and against the bytes that are left before anything is made of it.
"""

from __future__ import annotations

import math
import os
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeAlias

from language_models.backend import ModelUnavailable

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT = 32
MOST_TENSORS = 200_000
MOST_KEYS = 20_000
MOST_CHARACTERS = 16 << 20  # of one text; the longest honest ones are chat templates
MOST_ENTRIES = 16 << 20  # of one array; the longest honest ones are vocabularies
KEPT_ENTRIES = 1024  # longer arrays are counted, not kept
MOST_DIMENSIONS = 4
MOST_LAYERS = 10_000
LARGEST_NUMBER = 1 << 40  # of a length or count in the metadata

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9

# ggml's types: name, numbers in a block, bytes of a block.
TENSOR_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip

# llama.cpp's names of whole files by the mix of types in them.
FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
    36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = "Scalar | tuple[Scalar, ...] | _Long"


@dataclass(frozen=True)
class _Long:
    """An array that is too long to keep."""

    length: int


@dataclass(frozen=True)
class _Tensor:
    """A tensor's name, how many numbers it has, and where its bytes lie after the header."""

    name: str
    numbers: int
    kind: str
    size: int
    offset: int
    is_matrix: bool


@dataclass(frozen=True)
class GgufFile:
    """A GGUF file's metadata.

    Attributes:
        path: The file.
        size: Its bytes.
        architecture: llama.cpp's name of the network's kind: "llama", "qwen2".
        title: The publisher's name for it, or "".
        licence: As the file says, or "".
        quantisation: The mix of number types: "Q4_K_M".
        parameters: How many numbers the network has.
        context_length: Tokens the model was trained for.
        layers: Blocks of the network.
        embedding: Numbers per token between blocks.
        feed_forward: Numbers per token within a block.
        cached_per_token: Numbers that one token leaves in the key and value cache, all layers together.
        vocabulary: Tokens it knows.
        has_chat_template: Whether it says how a conversation is put to it.
        bytes_by_type: Weights in bytes, by type of number: {"Q4_K": 600000000, "F32": 500000}.
        matrix_bytes_by_type: The same of the blocks' matrices alone.
    """

    path: Path
    size: int
    architecture: str
    title: str
    licence: str
    quantisation: str
    parameters: int
    context_length: int
    layers: int
    embedding: int
    feed_forward: int
    cached_per_token: int
    vocabulary: int
    has_chat_template: bool
    bytes_by_type: Mapping[str, int]
    matrix_bytes_by_type: Mapping[str, int]

    @classmethod
    def read(cls, path: Path) -> GgufFile:
        """Reads the header of a file.

        Raises:
            ModelUnavailable: No such file, or no whole GGUF file; the message says what was found where.
        """
        try:
            with path.open("rb") as stream:
                return _Header(path, stream).file()
        except OSError as error:
            raise ModelUnavailable(
                f"{path}: cannot be read ({error.strerror or error}): expected a GGUF file"
            ) from error


class _Header:
    """Reads one header from its start to its end."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size
        self._read = 0
        self._values: dict[str, Value] = {}
        self._tensors: list[_Tensor] = []

    def file(self) -> GgufFile:
        """Returns what the header says, after holding it against the file's length."""
        tensors = self._preamble()
        self._tensors = [self._tensor() for _ in range(tensors)]
        self._check_length()
        architecture = self._text("general.architecture") or self._refuse("it names no architecture")
        return GgufFile(
            path=self._path,
            size=self._size,
            architecture=architecture,
            title=self._text("general.name"),
            licence=self._text("general.license"),
            quantisation=self._quantisation(),
            parameters=sum(tensor.numbers for tensor in self._tensors),
            context_length=self._number(f"{architecture}.context_length"),
            layers=self._layers(architecture),
            embedding=self._number(f"{architecture}.embedding_length"),
            feed_forward=max(self._numbers(f"{architecture}.feed_forward_length"), default=0),
            cached_per_token=self._cached_per_token(architecture),
            vocabulary=self._length("tokenizer.ggml.tokens"),
            has_chat_template="tokenizer.chat_template" in self._values,
            bytes_by_type=self._bytes_by_type(matrices_only=False),
            matrix_bytes_by_type=self._bytes_by_type(matrices_only=True),
        )

    def _preamble(self) -> int:
        """Reads up to the tensors, and returns how many there are."""
        magic = self._bytes(4)
        if magic != MAGIC:
            raise ModelUnavailable(
                f"{self._path}: not a GGUF file: it begins with {magic!r}, expected {MAGIC!r}"
            )
        version = self._unpack("I")
        if version not in VERSIONS:
            self._refuse(f"version {version}, expected one of {', '.join(map(str, VERSIONS))}")
        tensors = self._count("tensors", MOST_TENSORS)
        for _ in range(self._count("keys", MOST_KEYS)):
            key = self._string()
            self._values[key] = self._value(self._unpack("I"))
        return tensors

    def _tensor(self) -> _Tensor:
        name = self._string()
        dimensions = self._unpack("I")
        if not 0 < dimensions <= MOST_DIMENSIONS:
            self._refuse(f"tensor {name!r:.80} of {dimensions} dimensions, expected 1 to {MOST_DIMENSIONS}")
        sides = [self._unpack("Q") for _ in range(dimensions)]
        kind, offset = self._unpack("I"), self._unpack("Q")
        if kind not in TENSOR_TYPES:
            self._refuse(f"tensor {name!r:.80} of the unknown type {kind}: a newer llama.cpp may know it")
        word, block, width = TENSOR_TYPES[kind]
        numbers = math.prod(sides)
        if numbers > LARGEST_NUMBER or sides[0] % block:
            self._refuse(f"tensor {name!r:.80} of impossible sides {sides}")
        is_matrix = dimensions > 1 and name.startswith("blk.")
        return _Tensor(name, numbers, word, numbers // block * width, offset, is_matrix)

    def _check_length(self) -> None:
        """Refuses a file whose last tensor ends beyond it."""
        alignment = self._number("general.alignment") or ALIGNMENT
        start = math.ceil(self._read / alignment) * alignment
        end = max((start + tensor.offset + tensor.size for tensor in self._tensors), default=start)
        if end > self._size:
            self._refuse(f"it ends after {self._size:,} bytes, its weights need {end:,}")

    def _layers(self, architecture: str) -> int:
        layers = self._number(f"{architecture}.block_count")
        if layers > MOST_LAYERS:
            self._refuse(f"{layers:,} layers, expected {MOST_LAYERS:,} at most")
        return layers

    def _cached_per_token(self, architecture: str) -> int:
        """Returns keys and values per token over all layers; heads may differ by layer, and be none."""
        layers = self._layers(architecture)
        heads = max(self._numbers(f"{architecture}.attention.head_count"), default=0)
        kv_heads = self._numbers(f"{architecture}.attention.head_count_kv") or (heads,)
        width = self._number(f"{architecture}.embedding_length") // heads if heads else 0
        key = self._number(f"{architecture}.attention.key_length") or width
        value = self._number(f"{architecture}.attention.value_length") or width
        all_heads = sum(kv_heads) if len(kv_heads) > 1 else layers * kv_heads[0]
        return all_heads * (key + value)

    def _quantisation(self) -> str:
        weights = self._bytes_by_type(matrices_only=False)
        most = max(weights, key=lambda kind: weights[kind], default="unknown")
        kind = self._values.get("general.file_type")
        return FILE_TYPES.get(kind, most) if isinstance(kind, int) else most

    def _bytes_by_type(self, *, matrices_only: bool) -> dict[str, int]:
        counted = Counter[str]()
        for tensor in self._tensors:
            if tensor.is_matrix or not matrices_only:
                counted[tensor.kind] += tensor.size
        return dict(counted)

    def _text(self, key: str) -> str:
        value = self._values.get(key, "")
        return value if isinstance(value, str) else self._refuse(f"{key} is no text")

    def _number(self, key: str) -> int:
        numbers = self._numbers(key)
        return numbers[0] if numbers else 0

    def _numbers(self, key: str) -> tuple[int, ...]:
        """Returns one number or several; none where the key is missing."""
        value = self._values.get(key, ())
        numbers = value if isinstance(value, tuple) else (value,)
        found = tuple(n for n in numbers if isinstance(n, int) and 0 <= n <= LARGEST_NUMBER)
        if len(found) != len(numbers):
            self._refuse(f"{key} is {value!r:.80}, expected a number from 0 to {LARGEST_NUMBER:,}")
        return found

    def _length(self, key: str) -> int:
        value = self._values.get(key, ())
        if isinstance(value, _Long):
            return value.length
        return len(value) if isinstance(value, tuple) else self._refuse(f"{key} is no array")

    def _value(self, kind: int) -> Value:
        if kind in _NUMBERS:
            return self._scalar(kind)
        if kind == _TEXT:
            return self._string()
        return self._array() if kind == _ARRAY else self._refuse(f"a value of the unknown type {kind}")

    def _array(self) -> Value:
        kind = self._unpack("I")
        count = self._count("entries of an array", MOST_ENTRIES)
        if kind == _TEXT:
            if count > KEPT_ENTRIES:
                self._skip_strings(count)
                return _Long(count)
            return tuple(self._string() for _ in range(count))
        if kind not in _NUMBERS:
            self._refuse(f"an array of the type {kind}, expected numbers or texts")
        if count > KEPT_ENTRIES:
            self._bytes(count * struct.calcsize(f"<{_NUMBERS[kind]}"))
            return _Long(count)
        return tuple(self._scalar(kind) for _ in range(count))

    def _skip_strings(self, count: int) -> None:
        for _ in range(count):
            self._bytes(self._count("characters", MOST_CHARACTERS))

    def _string(self) -> str:
        length = self._count("characters", MOST_CHARACTERS)
        return self._bytes(length).decode("utf-8", errors="replace")

    def _scalar(self, kind: int) -> Scalar:
        form = struct.Struct(f"<{_NUMBERS[kind]}")
        found: Scalar = form.unpack(self._bytes(form.size))[0]
        return found

    def _unpack(self, code: str) -> int:
        return int(struct.unpack(f"<{code}", self._bytes(struct.calcsize(f"<{code}")))[0])

    def _count(self, what: str, most: int) -> int:
        """Returns a count of things that each take a byte or more of what is left of the file."""
        count = self._unpack("Q")
        if count > min(most, self._size - self._read):
            self._refuse(f"it announces {count:,} {what} at byte {self._read:,}")
        return count

    def _bytes(self, length: int) -> bytes:
        found = self._stream.read(length)
        self._read += len(found)
        if len(found) != length:
            self._refuse(f"it ends after {self._size:,} bytes, in the middle of its header")
        return found

    def _refuse(self, reason: str) -> NoReturn:
        raise ModelUnavailable(f"{self._path}: not a whole GGUF file: {reason}; fetch it again")
