"""The README's example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.docker
@pytest.mark.model
def test_the_python_example_runs(tmp_path, docker_engine):
    [example] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "def priority(item" in done.stdout
    assert (tmp_path / "runs" / "bin_packing_or-seed0" / "best.py").exists()
