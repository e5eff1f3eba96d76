"""EKS: who gets in, and what is written down of it."""

from collections.abc import Iterator, Mapping

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import lacks, must_be
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule
from infra.guardrails.rules.statements import parsed

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_NETWORK_ADDON = "vpc-cni"


def _logs(it: Object) -> Iterator[str]:
    if it.type == aws.CLUSTER and (missing := lacks(it.props.get("enabledClusterLogTypes"), *_LOGS)):
        yield f"nobody could tell who did what: add {', '.join(missing)} to enabledClusterLogTypes"


def _entries(it: Object) -> Iterator[str]:
    if it.type == aws.CLUSTER:
        why = "who administers the cluster would also stand in a ConfigMap"
        yield from must_be(it.props, "accessConfig.authenticationMode", "API", why)
        why = "whoever runs the first update would administer the cluster for ever"
        yield from must_be(it.props, "accessConfig.bootstrapClusterCreatorAdminPermissions", False, why)


def _network_policies(it: Object) -> Iterator[str]:
    if it.type == aws.ADDON and it.props.get("addonName") == _NETWORK_ADDON:
        values = it.props.get("configurationValues")
        if values is UNKNOWN:
            return
        # EKS takes YAML too; ours is JSON.
        given = parsed(values or "{}")
        if not isinstance(given, Mapping) or given.get("enableNetworkPolicy") != "true":
            yield (
                "network policies would be accepted and not enforced: set enableNetworkPolicy to 'true' in"
                " configurationValues"
            )


CLUSTER_RULES = (
    Rule("clusters-keep-all-logs", "All five logs of the control plane are kept.", _logs),
    Rule("cluster-access-is-by-entry", "Only access entries say who gets in.", _entries),
    Rule("network-policies-are-enforced", "EKS enforces network policies.", _network_policies),
)
