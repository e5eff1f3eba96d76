"""Nothing is public by accident."""

from collections.abc import Iterator

from infra.guardrails.rules.rule import Object, Rule, at

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


SERVICE_RULES = (Rule("load-balancers-are-internal", "No Service is public.", _not_public),)
