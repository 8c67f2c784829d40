"""An engine that stops in mid-run is a clear exception; when it is back, the same sandbox works again.

The test starts an engine of its own, with its own folders and socket, and stops only that one.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxBroken, SandboxUnavailable, open_sandbox
from tests.sandbox.test_ownership import wait_until

SOURCE = "def f():\n    return 1\n"


class SpareEngine:
    """A second engine on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        places = [f"--{name}={self._folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        command = ["dockerd", "--iptables=false", "--bridge=none", "-H", self.address, *places]
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        asking = ["docker", "-H", self.address, "version"]
        assert wait_until(lambda: subprocess.run(asking, capture_output=True).returncode == 0, 60)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None


@pytest.fixture
def spare_engine(docker_box: Sandbox) -> Iterator[SpareEngine]:
    if os.getuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("needs root and dockerd, to start another engine")
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    engine = SpareEngine(folder)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.docker
def test_a_stopped_engine_is_an_exception_and_a_restarted_one_serves_again(spare_engine, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", spare_engine.address)
    with open_sandbox("docker") as box:
        assert box.call(SOURCE, "f", [[]]).results[0].value == 1
        with box.session(SOURCE) as session:
            assert session.call("f").value == 1
            spare_engine.stop()
            with pytest.raises(SandboxBroken, match="its supervisor was lost within a session"):
                session.call("f")
        with pytest.raises(SandboxBroken, match="check that its engine is up"):
            box.call(SOURCE, "f", [[]])
        with pytest.raises(SandboxUnavailable, match="no engine answers"):
            open_sandbox("docker")
        spare_engine.start()
        assert box.call(SOURCE, "f", [[]]).results[0].value == 1


@pytest.mark.docker
def test_gvisor_missing_from_the_engine_is_refused_with_how_to_add_it(docker_box: Sandbox):
    from sandbox.container import Engine
    from sandbox.layout import plan_layout

    engine = Engine(plan_layout(("numpy",)), runtime="no-such-runtime")
    with pytest.raises(SandboxUnavailable, match=r"no-such-runtime.*daemon\.json.*--platform=ptrace"):
        engine.prepare()
    engine.close()


@pytest.mark.docker
def test_an_image_named_but_missing_is_refused(docker_box: Sandbox, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_SANDBOX_IMAGE", "registry.example/no-such-image:1")
    with pytest.raises(SandboxUnavailable, match="no-such-image:1, which the engine has not: docker pull it"):
        open_sandbox("docker")
