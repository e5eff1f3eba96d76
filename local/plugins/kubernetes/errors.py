"""What can go wrong with the API server, in words that say what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.plugins.errors import PluginError


class Unreachable(PluginError):
    """No answer from the API server."""


class ApiError(PluginError):
    """The API server refused: its HTTP code, machine-readable reason and explanation."""

    def __init__(self, code: int, body: Mapping[str, Any]) -> None:
        self.code = code
        self.reason = str(body.get("reason", ""))
        self.causes: list[Mapping[str, Any]] = list((body.get("details") or {}).get("causes") or [])
        super().__init__(str(body.get("message") or f"HTTP {code}"))


def explain(error: ApiError, what: str) -> PluginError:
    """The refusal of a write to `what`, with what to change."""
    conflicts = [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        return PluginError(_conflict(conflicts, what))
    if error.code == 422 and "immutable" in str(error):
        return PluginError(
            f"{what}: {error}\nKubernetes does not change this field in place. Replace the object: give the resource "
            "`replace_on_changes` with the field's path, and `delete_before_replace` if its name is fixed."
        )
    if error.code == 403 and "is being terminated" in str(error):
        return PluginError(f"{what}: {error}\nWait until the namespace is gone, then run `pulumi up` again.")
    if error.code == 404 and "namespaces" in str(error):
        return PluginError(
            f"{what}: {error}\nCreate the namespace in the same program and use its `metadata.name` output, "
            "so that it comes first."
        )
    return PluginError(f"{what}: {error}")


def _conflict(conflicts: list[Mapping[str, Any]], what: str) -> str:
    lines = [f"{what}: other field managers have changed fields that this program sets:"]
    lines += [f"  {str(cause.get('field', '')).lstrip('.')}: {cause.get('message', '')}" for cause in conflicts]
    lines.append(
        "To leave such a field to its manager, remove it from the program or list it in `ignore_changes`. To take it "
        'back, set the annotation pulumi.com/patchForce: "true" on the object for one `pulumi up`.'
    )
    return "\n".join(lines)
