"""One entry of the trail, and the hash that ties it to the entry before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jobs.errors import MlopsError

# Stands in the first entry where later ones have the hash of the entry before.
GENESIS = "0" * 64
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class AuditError(MlopsError):
    """The trail is broken, cannot be written, or tells something else than the registry."""


@dataclass(frozen=True)
class Entry:
    """`seq` counts from 1; `time` is UTC with microseconds and never before the entry before; `facts` is JSON.

    `nonce` makes two entries with equal content different, so that a writer knows its own.
    """

    seq: int
    time: str
    actor: str
    action: str
    subject: str
    facts: dict[str, Any]
    previous: str
    nonce: str
    sha256: str = ""

    def sealed(self) -> Entry:
        """The entry with its hash: sha256 of its JSON without the hash, keys sorted, no spaces."""
        return replace(self, sha256=self.expected())

    def expected(self) -> str:
        """Hex sha256 of everything else."""
        content = {key: value for key, value in asdict(self).items() if key != "sha256"}
        return hashlib.sha256(_text(content).encode()).hexdigest()

    @property
    def when(self) -> datetime:
        return datetime.strptime(self.time, TIME).replace(tzinfo=UTC)

    @property
    def anchor(self) -> str:
        """`seq:sha256`, what is written elsewhere so that a trail that was cut or rewritten is noticed."""
        return f"{self.seq}:{self.sha256}"

    def to_bytes(self) -> bytes:
        return (_text(asdict(self)) + "\n").encode()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_bytes(cls, content: bytes) -> Entry:
        """Raises ValueError when this is no entry."""
        data = json.loads(content)
        wanted = {"seq": int, "facts": dict} | dict.fromkeys(
            ("time", "actor", "action", "subject", "previous", "nonce", "sha256"), str
        )
        if not isinstance(data, dict) or data.keys() != wanted.keys():
            raise ValueError(f"an entry has the keys {sorted(wanted)}")
        wrong = [key for key, kind in wanted.items() if not isinstance(data[key], kind)]
        if wrong:
            raise ValueError(f"{wrong[0]} has the wrong type")
        entry = cls(**data)
        _ = entry.when
        return entry


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
