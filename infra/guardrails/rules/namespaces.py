"""A namespace is closed until somebody opens it."""

from collections.abc import Iterator, Sequence

from infra.guardrails.rules.rule import Object, Rule, StackRule, at

_ENFORCE = "pod-security.kubernetes.io/enforce"


def _restricted(it: Object) -> Iterator[str]:
    if it.kind == "Namespace":
        level = (at(it.props, "metadata", "labels") or {}).get(_ENFORCE)
        if level != "restricted":
            yield f"label {_ENFORCE} is {level!r}: set it to 'restricted'"


def _denies_by_default(it: Object) -> bool:
    spec = at(it.props, "spec") or {}
    selector = spec.get("podSelector") or {}
    every_pod = not selector.get("matchLabels") and not selector.get("matchExpressions")
    both = set(spec.get("policyTypes") or ()) == {"Ingress", "Egress"}
    return it.kind == "NetworkPolicy" and every_pod and both and not spec.get("ingress") and not spec.get("egress")


def _closed(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    closed = {
        at(it.props, "metadata", "namespace") for it in stack if it.kind == "NetworkPolicy" and _denies_by_default(it)
    }
    for it in stack:
        # Without a name nothing is known of it: so the engine shows everything in a cluster that is still to be made.
        if it.kind == "Namespace" and (name := at(it.props, "metadata", "name")) not in {None, *closed}:
            yield it, f"namespace {name!r} has no NetworkPolicy that denies all traffic of every pod: add one"


NAMESPACE_RULES = (Rule("namespaces-are-restricted", "Namespaces enforce Pod Security `restricted`.", _restricted),)
every_namespace_denies_by_default = StackRule(
    "namespaces-deny-by-default", "Every namespace denies all traffic that no other policy allows.", _closed
)
