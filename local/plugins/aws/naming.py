"""Names that the program left to us: `<resource name>-<7 hex>`, as the official plugin makes them. Pure.

Like there, a made name is remembered under `__defaults` in the inputs and kept while the resource lives; a replacement
gets a new one, which lets old and new stand side by side.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULTS = "__defaults"
_HEX = 7


@dataclass(frozen=True)
class Naming:
    """Which input is the name, and what AWS asks of it."""

    input: str = "name"
    longest: int = 64
    lower: bool = False

    def named(self, inputs: Mapping[str, Any], old: Mapping[str, Any], resource: str, seed: bytes) -> dict[str, Any]:
        """The inputs with a name: the program's own, the one made earlier, or a new one."""
        if inputs.get(self.input) not in (None, ""):
            return dict(inputs)
        earlier = old.get(self.input) if self.is_made(old) else None
        return {**inputs, self.input: earlier or self._make(resource, seed), DEFAULTS: [self.input]}

    def is_made(self, inputs: Mapping[str, Any]) -> bool:
        return self.input in inputs.get(DEFAULTS, [])

    def _make(self, resource: str, seed: bytes) -> str:
        # The engine's seed makes an update do what its preview said.
        suffix = hashlib.sha256(seed).hexdigest()[:_HEX] if seed else secrets.token_hex(_HEX)[:_HEX]
        made = f"{resource[: self.longest - _HEX - 1].rstrip('-.')}-{suffix}"
        return made.lower() if self.lower else made
