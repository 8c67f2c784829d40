"""All attacks on one backend, run in the background: what ends by the clock only waits, so backends wait together."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from sandbox import Sandbox, open_sandbox
from sandbox.opening import BackendName
from tests.sandbox.attacks.attack import find_fault
from tests.sandbox.attacks.suite import ATTACKS

LONGEST = 300.0  # seconds for all that stands before an attack, on a machine that does much else


class Trial:
    """One thread with a sandbox of its own, and the fault that each attack finds in it."""

    def __init__(self, backend: BackendName, names: Iterable[str]) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"trial-{backend}")
        self._box: Future[Sandbox] = self._thread.submit(open_sandbox, backend)
        self._faults = {name: self._thread.submit(self._try, name) for name in names}

    def fault(self, name: str) -> str | None:
        """Returns None where the sandbox held; raises SandboxUnavailable where there is none."""
        return self._faults[name].result(LONGEST)

    def close(self) -> None:
        """Drops what nobody asked for, and closes the sandbox."""
        self._thread.shutdown(cancel_futures=True)
        if self._box.done() and not self._box.cancelled() and self._box.exception() is None:
            self._box.result().close()

    def _try(self, name: str) -> str | None:
        return find_fault(self._box.result(), ATTACKS[name])
