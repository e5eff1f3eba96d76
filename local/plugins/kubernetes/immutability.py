"""Which changes Kubernetes refuses in place, so that the object has to be replaced. Pure.

The tables follow the API's own validation (1.35); ConfigMap and Secret follow the official plugin, which replaces them
so that whatever refers to an auto-named one rolls. A custom resource's own rules are not known: use
`replace_on_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.quantity import smaller
from local.plugins.paths import MISSING, Path, get, parse

_ALWAYS = ("metadata.name", "metadata.namespace", "kind")

_FORBIDDEN: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "ReplicaSet"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.selector",
        "spec.serviceName",
        "spec.podManagementPolicy",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): (
        "spec.template",
        "spec.selector",
        "spec.completions",
        "spec.completionMode",
        "spec.manualSelector",
        "spec.podFailurePolicy",
        "spec.backoffLimitPerIndex",
        "spec.maxFailedIndexes",
        "spec.successPolicy",
        "spec.managedBy",
    ),
    ("", "ConfigMap"): ("data", "binaryData"),
    ("", "Secret"): ("data", "stringData", "type"),
    ("", "Service"): ("spec.clusterIP", "spec.clusterIPs", "spec.loadBalancerClass"),
    ("", "Pod"): ("spec",),
    ("", "PersistentVolumeClaim"): ("spec",),
    ("", "PersistentVolume"): (
        "spec.hostPath",
        "spec.local",
        "spec.nfs",
        "spec.csi",
        "spec.volumeMode",
        "spec.nodeAffinity",
    ),
    ("", "ResourceQuota"): ("spec.scopes", "spec.scopeSelector"),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    ("storage.k8s.io", "CSIDriver"): ("spec.attachRequired", "spec.fsGroupPolicy", "spec.volumeLifecycleModes"),
    ("storage.k8s.io", "VolumeAttributesClass"): ("driverName", "parameters"),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("networking.k8s.io", "IngressClass"): ("spec.controller",),
    ("node.k8s.io", "RuntimeClass"): ("handler",),
    ("discovery.k8s.io", "EndpointSlice"): ("addressType",),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        "spec.group",
        "spec.scope",
        "spec.names.kind",
        "spec.names.plural",
    ),
}

# Inside a forbidden field, what may change after all.
_ALLOWED: dict[tuple[str, str], tuple[Path, ...]] = {
    ("", "Pod"): (
        ("spec", "containers", "*", "image"),
        ("spec", "initContainers", "*", "image"),
        ("spec", "activeDeadlineSeconds"),
        ("spec", "terminationGracePeriodSeconds"),
        ("spec", "tolerations"),
        ("spec", "schedulingGates"),
    ),
    ("", "PersistentVolumeClaim"): (("spec", "resources"), ("spec", "volumeAttributesClassName")),
}


def replaces(
    kind: Kind, path: Path, old: Mapping[str, Any], new: Mapping[str, Any], mutable: frozenset[str] = frozenset()
) -> bool:
    """Whether the change at `path` needs a new object. `mutable`: kinds that the provider's settings leave mutable."""
    if any(_touches(path, parse(field), old, new) for field in _ALWAYS):
        return True
    key = (kind.group, kind.name)
    if kind.name in mutable and key in (("", "ConfigMap"), ("", "Secret")):
        sealed = old.get("immutable") is True
        return (sealed and path[0] in ("data", "binaryData", "stringData", "immutable")) or path == ("type",)
    if key in (("", "ConfigMap"), ("", "Secret")) and path == ("immutable",):
        return old.get("immutable") is True
    if not any(_touches(path, parse(field), old, new) for field in _FORBIDDEN.get(key, ())):
        return False
    if key == ("", "PersistentVolumeClaim") and path[:2] == ("spec", "resources"):
        return _shrinks(old, new)
    return not any(_matches(path, allowed) for allowed in _ALLOWED.get(key, ()))


def _touches(path: Path, field: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """A change lies within the field, or adds or removes a parent that holds it."""
    if path[: len(field)] == field:
        return True
    return field[: len(path)] == path and (get(old, field) is MISSING) != (get(new, field) is MISSING)


def _matches(path: Path, allowed: Path) -> bool:
    return len(path) >= len(allowed) and all(want in ("*", step) for step, want in zip(path, allowed, strict=False))


def _shrinks(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """A volume may grow in place, never shrink."""
    size: Path = ("spec", "resources", "requests", "storage")
    before, after = get(old, size), get(new, size)
    return isinstance(before, str) and isinstance(after, str) and smaller(after, before)
