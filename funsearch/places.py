"""Where runs, their bank and the agent's record lie unless somebody says otherwise; light, for quick help."""

from __future__ import annotations

from pathlib import Path

DEFAULT_PARENT = Path("runs")
DEFAULT_BANK = DEFAULT_PARENT / "bank"
DEFAULT_AGENT = DEFAULT_PARENT / "agent"
