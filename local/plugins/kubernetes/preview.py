"""What an operation would do: a server-side dry run where that can tell the truth, else the inputs themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.kubernetes import outputs
from local.plugins.kubernetes.annotations import wishes
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.discovery import NotServed
from local.plugins.kubernetes.errors import ApiError, Unreachable, explain
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.ownership import without_ignored
from local.plugins.kubernetes.secrecy import always_secret, encoded
from local.plugins.values import contains_unknown

# Refusals that the `pulumi up` will meet too. Others (a missing namespace, a quota) it may lift before it comes here.
_CERTAIN = (400, 409, 422)


def of_create(cluster: Cluster | None, kind: Kind, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Outputs and the server's warnings."""
    body: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    if cluster is not None and not contains_unknown(inputs):
        try:
            path = cluster.path(kind, inputs["metadata"])
            # An object of that name is about to be deleted (replacement) or adopted: a dry run against it says nothing.
            if cluster.find(path) is None:
                body, warnings = _dry_run(cluster, path, kind, inputs, inputs, force=False)
        except (NotServed, Unreachable):
            pass
    return outputs.preview_of_create(kind, inputs, body), warnings


def of_update(
    cluster: Cluster | None,
    kind: Kind,
    inputs: Mapping[str, Any],
    last: Mapping[str, Any],
    ignored: Iterable[str],
    *,
    force: bool,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Outputs and the server's warnings. `force` is the provider's setting: take fields from other managers."""
    body: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    if cluster is not None and not contains_unknown(inputs):
        try:
            path = cluster.path(kind, inputs["metadata"])
            live = cluster.find(path)
            if live is not None:
                manifest = without_ignored(inputs, live, ignored, wishes(inputs).field_manager)
                body, warnings = _dry_run(cluster, path, kind, manifest, inputs, force)
        except (NotServed, Unreachable):
            pass
    return outputs.preview_of_update(inputs, last, body), warnings


def _dry_run(
    cluster: Cluster, path: str, kind: Kind, manifest: Mapping[str, Any], inputs: Mapping[str, Any], force: bool
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    wish = wishes(inputs)
    body = encoded(manifest) if always_secret(kind) else manifest
    try:
        reply = cluster.apply(path, body, manager=wish.field_manager, force=wish.force or force, dry_run=True)
    except ApiError as error:
        if error.code in _CERTAIN:
            raise explain(error, f"{kind.name} {inputs['metadata']['name']}") from error
        return None, ()
    return reply.body, reply.warnings
