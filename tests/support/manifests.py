"""The Kubernetes objects of a stack as manifests, as a user's `kubectl apply` would read them."""

from __future__ import annotations

from typing import Any

from tests.support.recording import Recorded, opened
from tests.support.stack import stack


def manifests(name: str) -> dict[str, dict[str, Any]]:
    """Logical name → manifest of every object that stack registers."""
    return {
        each.name: _manifest(each)
        for each in stack(name).resources
        if each.type.startswith("kubernetes:") and "kind" in each.inputs
    }


def _manifest(resource: Recorded) -> dict[str, Any]:
    manifest: dict[str, Any] = _whole(opened(resource.inputs))
    # The provider names what has no name.
    manifest["metadata"].setdefault("name", f"{resource.name}-0a1b2c3d")
    if manifest["kind"] != "PodTemplate":
        return manifest
    # The mould of training jobs: looked at as the Job that is made of it.
    job = {"backoffLimit": 0, "template": manifest["template"]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": manifest["metadata"], "spec": job}


def _whole(value: Any) -> Any:
    """The engine's protocol knows only floating-point numbers."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
