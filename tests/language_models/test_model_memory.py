from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from language_models import ModelUnavailable
from language_models.machine_memory import available_cores, available_memory
from language_models.model_memory import estimate
from tests.language_models.gguf_writer import gguf, write

CONFIG = {
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "vocab_size": 100,
    "dtype": "float32",
}

MEASURE = """
import sys
from pathlib import Path
from language_models import CompletionRequest
from language_models.llama_backend import LlamaBackend
import xllamacpp

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

before = resident()
with LlamaBackend(Path(sys.argv[1]), context_tokens=int(sys.argv[2]), parallel=int(sys.argv[3])) as backend:
    backend.complete(CompletionRequest("x y " * 150, samples=int(sys.argv[3]), max_tokens=4))
print(resident() - before)
"""


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures with Linux's /proc")
@pytest.mark.parametrize(("context", "slots"), [(1024, 1), (2048, 4)])
def test_the_estimate_is_near_what_a_process_takes(model_path: Path, context: int, slots: int) -> None:
    command = [sys.executable, "-c", MEASURE, str(model_path), str(context), str(slots)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    estimated = estimate(model_path, context_tokens=context, slots=slots).total
    assert 0.8 < estimated / int(done.stdout) < 1.25


def test_longer_contexts_and_more_slots_take_more_cache_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "tiny.gguf")
    one = estimate(path, context_tokens=100, slots=1)
    six = estimate(path, context_tokens=300, slots=2)
    assert one.cache == 128 * 2 * 100
    assert six.cache == 6 * one.cache
    assert (one.weights, one.scratch) == (six.weights, six.scratch) == (path.stat().st_size, six.scratch)
    assert six.total - one.total == 5 * one.cache


def test_weights_that_are_put_in_another_order_count_twice(tmp_path: Path) -> None:
    matrix = ("blk.0.ffn_up.weight", (256, 64), 12)
    path = write(tmp_path / "tiny.gguf", gguf(tensors=[matrix]))
    assert estimate(path, context_tokens=1, slots=1).repacked == 256 * 64 // 256 * 144


def test_the_estimate_is_written_out_as_a_sum(tmp_path: Path) -> None:
    words = str(estimate(write(tmp_path / "tiny.gguf"), context_tokens=100_000, slots=4))
    assert words == "0 MB weights + 102 MB cache + 21 MB scratch = 123 MB"


def directory(path: Path, config: Any) -> Path:
    path.mkdir()
    (path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    (path / "model.safetensors").write_bytes(bytes(1000))
    return path


def test_a_transformers_directory_is_estimated_from_its_config(tmp_path: Path) -> None:
    found = estimate(directory(tmp_path / "tiny", CONFIG), context_tokens=10, slots=3)
    assert found.weights == 1000
    assert found.cache == 2 * 2 * 2 * 16 * 4 * 30
    nested = estimate(directory(tmp_path / "sees", {"text_config": CONFIG}), context_tokens=10, slots=3)
    assert nested.cache == found.cache


@pytest.mark.parametrize(
    "config", ["", "[1]", "{", "[" * 100_000, '{"a": "\ud800"}'.encode("utf-16", "ignore")]
)
def test_a_damaged_config_is_refused(tmp_path: Path, config: Any) -> None:
    folder = directory(tmp_path / "tiny", CONFIG)
    (folder / "config.json").write_bytes(config if isinstance(config, bytes) else config.encode())
    with pytest.raises(ModelUnavailable, match=r"config\.json: expected a"):
        estimate(folder, context_tokens=10, slots=1)


def test_odd_settings_count_as_none(tmp_path: Path) -> None:
    odd = {**CONFIG, "num_hidden_layers": -3, "vocab_size": "many", "hidden_size": 2**40}
    assert estimate(directory(tmp_path / "odd", odd), context_tokens=10, slots=1).cache == 0


def test_a_directory_without_weights_is_refused(tmp_path: Path) -> None:
    folder = directory(tmp_path / "tiny", CONFIG)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="expected weights as"):
        estimate(folder, context_tokens=10, slots=1)


GIB = 1 << 30


def machine(root: Path, files: dict[str, str]) -> Path:
    """Writes a machine of 8 GiB free, with the given files of control groups."""
    for name, content in {"proc/meminfo": f"MemAvailable: {8 << 20} kB\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_without_a_group_the_machine_says_what_is_free(tmp_path: Path) -> None:
    assert available_memory(machine(tmp_path, {})) == 8 * GIB


def test_a_limit_of_a_group_of_the_second_version_counts_less_file_pages(tmp_path: Path) -> None:
    group = {
        "proc/self/cgroup": "0::/a/b\n",
        "sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n",
        "sys/fs/cgroup/a/memory.current": f"{3 * GIB}\n",
        "sys/fs/cgroup/a/memory.stat": f"anon 5\ninactive_file {GIB // 2}\n",
        "sys/fs/cgroup/a/b/memory.max": "max\n",
        "sys/fs/cgroup/a/b/memory.current": "17\n",
    }
    assert available_memory(machine(tmp_path, group)) == GIB + GIB // 2


def test_a_limit_of_a_group_of_the_first_version_counts(tmp_path: Path) -> None:
    group = {
        "proc/self/cgroup": "9:name=systemd:/x\n4:memory:/box\n2:cpu,cpuacct:/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2**63 - 4096}\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000\n",
        "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{2 * GIB}\n",
        "sys/fs/cgroup/memory/box/memory.usage_in_bytes": f"{GIB}\n",
    }
    assert available_memory(machine(tmp_path, group)) == GIB


def test_a_container_that_sees_its_group_at_the_mount_is_limited_too(tmp_path: Path) -> None:
    group = {
        "proc/self/cgroup": "4:memory:/docker/0123\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{GIB}\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "0\n",
    }
    assert available_memory(machine(tmp_path, group)) == GIB


def test_a_group_that_is_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    group = {
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "100\n",
        "sys/fs/cgroup/memory.current": "200\n",
    }
    assert available_memory(machine(tmp_path, group)) == 0


@pytest.mark.parametrize(
    "group",
    [
        {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "50000 100000\n"},
        {
            "proc/self/cgroup": "2:cpu,cpuacct:/a\n",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        },
    ],
)
def test_a_quota_of_the_group_limits_the_cores(tmp_path: Path, group: dict[str, str]) -> None:
    assert available_cores(machine(tmp_path, group)) == 1


def test_no_quota_leaves_the_cores_of_the_process(tmp_path: Path) -> None:
    free = machine(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"})
    assert available_cores(free) == available_cores(tmp_path / "nothing here") >= 1


def test_this_machine_says_something() -> None:
    assert available_memory() > 0
