"""Optuna's JournalStorage on an append-only table: what we measured and did not choose (docs/adr/0018)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import psycopg
from optuna.storages.journal import BaseJournalBackend

TABLE = "CREATE TABLE IF NOT EXISTS journal (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, log text NOT NULL)"


class JournalTable(BaseJournalBackend):
    """One insert for each operation, under a lock so that numbers appear in their order."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SELECT pg_advisory_lock(4)")
        self._connection.execute(TABLE)
        self._connection.execute("SELECT pg_advisory_unlock(4)")
        self._connection.prepare_threshold = 0

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        rows = self._connection.execute(
            "SELECT log FROM journal WHERE number > %s ORDER BY number", (log_number_from,)
        ).fetchall()
        return [json.loads(text) for (text,) in rows]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(4)")
            for log in logs:
                self._connection.execute("INSERT INTO journal (log) VALUES (%s)", (json.dumps(log),))
