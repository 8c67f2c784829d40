"""Where runs and their bank lie unless somebody says otherwise; light, so that help is quick."""

from __future__ import annotations

from pathlib import Path

DEFAULT_PARENT = Path("runs")
DEFAULT_BANK = DEFAULT_PARENT / "bank"
