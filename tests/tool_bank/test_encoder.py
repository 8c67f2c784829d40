from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from language_models import ModelUnavailable
from language_models.model_manager import MINILM, ensure
from tool_bank.encoder import Encoder, MiniLMEncoder
from tool_bank.scripted import ScriptedEncoder

REFERENCE = json.loads((Path(__file__).parent / "data" / "minilm_reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def minilm() -> MiniLMEncoder:
    try:
        ensure(MINILM, download=False)
    except ModelUnavailable as error:
        pytest.skip(str(error))
    return MiniLMEncoder(download=False)


def test_vectors_equal_those_of_torch_within_a_ten_thousandth(minilm: MiniLMEncoder) -> None:
    vectors = minilm.encode(REFERENCE["texts"])
    np.testing.assert_allclose(vectors, np.array(REFERENCE["embeddings"]), rtol=0, atol=1e-4)


def test_texts_of_like_meaning_are_nearer_than_others(minilm: MiniLMEncoder) -> None:
    duration, seconds, bins = minilm.encode(
        ["convert a duration to seconds", "how many seconds is 1h30m", "pack items into bins"]
    )
    assert duration @ seconds > duration @ bins


@pytest.fixture(params=["minilm", "scripted"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "scripted":
        return ScriptedEncoder()
    encoder: Encoder = request.getfixturevalue("minilm")
    return encoder


def test_every_encoder_gives_rows_of_unit_length_that_do_not_depend_on_neighbours(encoder: Encoder) -> None:
    texts = ["a", "pack items into bins", ""]
    together = encoder.encode(texts)
    assert together.shape == (3, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(together, np.concatenate([encoder.encode([text]) for text in texts]))
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.model_id


def test_a_missing_model_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"all-MiniLM-L6-v2: .* run `make model`"):
        MiniLMEncoder(tmp_path, download=False).encode(["x"])


def test_a_damaged_model_is_named_with_the_mend(tmp_path: Path, minilm: MiniLMEncoder) -> None:
    folder = Path(shutil.copytree(ensure(MINILM, download=False), tmp_path / MINILM.name))
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    with weights.open("r+b") as stream:
        stream.write(b"\xff" * 16)
    assert weights.stat().st_size == size
    with pytest.raises(ModelUnavailable, match=r"cannot read .* run `make model`"):
        MiniLMEncoder(tmp_path, download=False).encode(["x"])
