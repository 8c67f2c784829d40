"""All attacks, by class."""

from tests.sandbox.attacks import (
    crashes,
    decoding,
    filesystem,
    forging,
    ipc,
    network,
    privilege,
    processes,
    resources,
    timing,
)

_CLASSES = (resources, filesystem, network, processes, ipc, forging, decoding, crashes, privilege, timing)
ATTACKS = {
    f"{kind.__name__.rpartition('.')[2]}: {case.holds}": case for kind in _CLASSES for case in kind.ATTACKS
}
