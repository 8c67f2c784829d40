"""An engine that stops in mid-run is a clear exception; when it is back, the same sandbox works again.

The test starts an engine of its own, with its own folders and socket, and stops only that one.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator

import pytest

from sandbox import Sandbox, SandboxBroken, SandboxUnavailable, open_sandbox
from tests.spare_engine import SpareEngine, running_spare_engine

SOURCE = "def f():\n    return 1\n"


@pytest.fixture
def spare_engine(docker_box: Sandbox) -> Iterator[SpareEngine]:
    with running_spare_engine() as engine:
        yield engine


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


@pytest.mark.docker
def test_an_image_without_an_interpreter_is_refused_with_how_to_build_a_good_one(
    docker_box: Sandbox, monkeypatch
):
    name = "funsearch-test-without-python:1"
    empty = io.BytesIO()
    with tarfile.open(fileobj=empty, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("nothing-here"))
    subprocess.run(["docker", "import", "-", name], input=empty.getvalue(), check=True, capture_output=True)
    monkeypatch.setenv("FUNSEARCH_SANDBOX_IMAGE", name)
    try:
        with pytest.raises(
            SandboxUnavailable, match=r'docker build -f sandbox/Dockerfile .*PACKAGES="numpy"'
        ):
            open_sandbox("docker")
    finally:
        subprocess.run(["docker", "rmi", name], check=True, capture_output=True)
