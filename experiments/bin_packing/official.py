"""The official instances by their names, and a user's own by the path of their file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from experiments.bin_packing.instance_file import read_instances
from experiments.bin_packing.instances import PackingInstances
from experiments.tasks.bin_packing_or.instances import official_or1, official_or3
from experiments.tasks.bin_packing_weibull.instances import official_weibull_5k
from funsearch.exceptions import TaskError

OFFICIAL: Mapping[str, Callable[[], PackingInstances]] = {
    "or1": official_or1,
    "or3": official_or3,
    "weibull5k": official_weibull_5k,
}


def instances_of(name: object) -> PackingInstances:
    """Returns official instances by name, or those of a file.

    Raises:
        TaskError: There are none of that name.
    """
    if isinstance(name, str) and name in OFFICIAL:
        return OFFICIAL[name]()
    path = Path(str(name))
    if not path.is_file():
        raise TaskError(f"data: expected {', '.join(OFFICIAL)} or a file of instances, found {str(name)!r}")
    return read_instances(path)
