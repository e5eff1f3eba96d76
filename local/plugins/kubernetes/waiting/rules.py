"""Which rule a kind is held to, and how long it is given. Pure."""

from __future__ import annotations

from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.waiting import cluster, network, workloads
from local.plugins.kubernetes.waiting.state import Rule

# The official plugin's default; a Deployment's own progress deadline is the same ten minutes.
DEFAULT_SECONDS = 600

_RULES: dict[tuple[str, str], Rule] = {
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("batch", "Job"): workloads.job,
    ("", "Pod"): workloads.pod,
    ("", "Service"): network.service,
    ("networking.k8s.io", "Ingress"): network.ingress,
    ("", "Namespace"): cluster.namespace,
    ("", "PersistentVolumeClaim"): cluster.volume_claim,
    ("", "Secret"): cluster.secret,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): cluster.custom_resource_definition,
    ("apiregistration.k8s.io", "APIService"): cluster.api_service,
}


def rule_for(kind: Kind) -> Rule | None:
    """None: the object is ready once the API server has it."""
    return _RULES.get((kind.group, kind.name))
