"""Nothing is public by accident."""

from collections.abc import Iterator

from infra.guardrails.rules.expect import items
from infra.guardrails.rules.firewalls import everywhere
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule, at

_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
}


def _not_public(it: Object) -> Iterator[str]:
    if it.kind == "Service" and at(it.props, "spec", "type") == "LoadBalancer":
        annotations = at(it.props, "metadata", "annotations") or {}
        if not any(annotations.get(key) == value for key, value in _INTERNAL.items()):
            listed = " or ".join(f"{key}={value}" for key, value in _INTERNAL.items())
            yield f"the load balancer would be public: annotate it with {listed}, or use ClusterIP behind an ingress"


def _for_some(it: Object) -> Iterator[str]:
    if it.kind == "Service" and at(it.props, "spec", "type") == "LoadBalancer":
        ranges = at(it.props, "spec", "loadBalancerSourceRanges")
        if not ranges:
            yield "whoever reaches the network reaches it: set spec.loadBalancerSourceRanges"
        for cidr in items(ranges):
            if cidr is not UNKNOWN and everywhere(cidr):
                yield f"{cidr} says nothing of who may come: name smaller ranges in spec.loadBalancerSourceRanges"


SERVICE_RULES = (
    Rule("load-balancers-are-internal", "No Service is public.", _not_public),
    Rule("load-balancers-name-their-clients", "Every load balancer says from where it is reached.", _for_some),
)
