"""Keeps what models answered in place of functions: what is often asked is a tool that is missing."""

from __future__ import annotations

import json

from agent.chain_of_code.emulation import SemanticCall
from agent.chain_of_code.expectation import ANY
from agent.request import Json
from tool_bank.database import Database, now


class EmulationLog:
    """Writes the answers of one request to the agent's record.

    The same answer to the same call is kept once, whichever request it was for; another answer to it is kept
    beside it, and shows that the function is none.
    """

    def __init__(self, database: Database, request: str) -> None:
        self._database = database
        self._request = request

    def add(self, call: SemanticCall, value: Json) -> None:
        """Keeps an answer."""
        signature = call.signature
        if call.expected.type != ANY:
            signature = f"{signature.partition(' ->')[0]} -> {call.expected.type}"
        arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
        values = (self._request, call.name, arguments, json.dumps(value, ensure_ascii=False))
        with self._database.transaction():
            self._database.write(
                "INSERT OR IGNORE INTO emulations "
                "(request, name, arguments, value, signature, description, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, signature, call.description, now()),
            )
