"""Validation of a resource's inputs, and the defaults that fill them: kind, namespace, name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.plugins.kubernetes.annotations import InvalidAnnotation, wishes
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.naming import InvalidName, with_name
from local.plugins.paths import leaves, text
from local.plugins.values import File


class Invalid(Exception):
    """The inputs cannot be accepted; `field` is where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def checked(
    kind: Kind,
    inputs: Mapping[str, Any],
    old: Mapping[str, Any],
    *,
    resource_name: str,
    seed: bytes,
    proposed: str,
    namespaced: bool,
    namespace: Callable[[], str],
) -> dict[str, Any]:
    """The inputs with `apiVersion`, `kind`, `metadata.name` and, for a namespaced kind, `metadata.namespace`."""
    for path, value in leaves(dict(inputs)):
        if isinstance(value, File):
            raise Invalid(text(path), "an asset or archive is no value of a Kubernetes object; give text")
    metadata = inputs.get("metadata", {})
    if not isinstance(metadata, dict):
        # Computed as a whole: nothing can be filled in before it is known.
        return dict(inputs)
    filled: dict[str, Any] = {**inputs, "apiVersion": kind.api_version, "kind": kind.name}
    if namespaced and not metadata.get("namespace"):
        metadata = {**metadata, "namespace": namespace()}
    if not namespaced and "namespace" in metadata:
        raise Invalid("metadata.namespace", f"a {kind.name} has no namespace: remove metadata.namespace")
    try:
        wishes(inputs)
        return with_name({**filled, "metadata": metadata}, old, resource_name, seed, proposed)
    except InvalidAnnotation as error:
        raise Invalid("metadata.annotations", str(error)) from error
    except InvalidName as error:
        raise Invalid("metadata.name", str(error)) from error
