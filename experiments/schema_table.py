"""Twenty hard signatures: their schemas, right calls of them and wrong ones.

    python -m experiments.schema_table [--backend bubblewrap]

prints one line for each, and how many are right in every way.
"""

from __future__ import annotations

import argparse
import tempfile
from typing import cast

from experiments.hard_signature import HardSignature
from experiments.hard_signatures import HARD
from sandbox.opening import BackendName, open_sandbox
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="auto", help="the sandbox: auto, docker or bubblewrap")
    backend = cast("BackendName", parser.parse_args().backend)
    right = 0
    with (
        tempfile.TemporaryDirectory() as directory,
        open_sandbox(backend) as box,
        ToolBank.open(directory, sandbox=box, encoder=ScriptedEncoder()) as bank,
    ):
        bank.add_many([row.tool() for row in HARD])
        for row in HARD:
            faults = _faults(row, bank)
            right += not faults
            print(
                f"{'right' if not faults else 'WRONG':5} {row.name}", *faults, sep="\n      " * bool(faults)
            )
    print(f"{right} of {len(HARD)} right, call included")


def _faults(row: HardSignature, bank: ToolBank) -> list[str]:
    try:
        return list(row.faults(bank))
    except Exception as error:  # noqa: BLE001 - one row shall not end the table
        return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    main()
