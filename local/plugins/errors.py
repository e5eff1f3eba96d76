"""What can go wrong in a plugin, whatever it talks to. Pure."""

from __future__ import annotations

from typing import Any


class PluginError(Exception):
    """An operation failed; the message is for the user."""


class InvalidSetting(PluginError):
    """A setting of the provider that cannot be honoured."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Cancelled(PluginError):
    """The user ended the operation."""


class InitFailed(Exception):
    """The resource exists but did not become ready. The engine keeps it in the state and tries again."""

    def __init__(self, outputs: dict[str, Any], reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.outputs = outputs
        self.reasons = reasons
