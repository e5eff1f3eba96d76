"""Network policies: every namespace denies by default, every workload says what it serves and what it reaches."""

from collections.abc import Sequence

from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation.addresses import Outside, Reach
from infra.foundation.apps import PART_OF, App, reach_label

_BOTH = ["Ingress", "Egress"]
_EVERY_POD = meta.LabelSelectorArgs()
_OURS = meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/part-of": PART_OF["app.kubernetes.io/part-of"]})


def deny_all() -> networking.NetworkPolicySpecArgs:
    """Nothing in, nothing out, for every pod of a namespace."""
    return networking.NetworkPolicySpecArgs(pod_selector=_EVERY_POD, policy_types=_BOTH)


def allow_dns() -> networking.NetworkPolicySpecArgs:
    """Every pod of a namespace may ask the cluster's DNS."""
    to = networking.NetworkPolicyPeerArgs(
        namespace_selector=meta.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": "kube-system"})
    )
    ports = [networking.NetworkPolicyPortArgs(port=53, protocol=protocol) for protocol in ("UDP", "TCP")]
    return networking.NetworkPolicySpecArgs(
        pod_selector=_EVERY_POD,
        policy_types=["Egress"],
        egress=[networking.NetworkPolicyEgressRuleArgs(to=[to], ports=ports)],
    )


def among(app: App) -> networking.NetworkPolicySpecArgs:
    """Pods of one workload reach each other, at any port: workers that make one model choose theirs themselves."""
    own = meta.LabelSelectorArgs(match_labels=app.selector)
    peers = [networking.NetworkPolicyPeerArgs(pod_selector=own)]
    return networking.NetworkPolicySpecArgs(
        pod_selector=own,
        policy_types=_BOTH,
        ingress=[networking.NetworkPolicyIngressRuleArgs(from_=peers)],
        egress=[networking.NetworkPolicyEgressRuleArgs(to=peers)],
    )


def policy(
    app: App,
    *,
    serves: Sequence[int] = (),
    exposed: bool = False,
    internal: Sequence[int] = (),
    readers: Sequence[str] = (),
) -> networking.NetworkPolicySpecArgs:
    """`serves`: ports open to pods that declare they reach this app. `exposed`: and to the outside, by NodePort.
    `internal`: more ports for those pods only, and for `readers`: ranges where the cluster's API calls pods from.

    kube-proxy hides the source of NodePort traffic behind the node's address, so `exposed` opens the ports to all.
    """
    clients = networking.NetworkPolicyPeerArgs(
        namespace_selector=_OURS, pod_selector=meta.LabelSelectorArgs(match_labels={reach_label(app.name): "true"})
    )
    blocks = [networking.NetworkPolicyPeerArgs(ip_block=networking.IPBlockArgs(cidr=cidr)) for cidr in readers]
    ingress = [
        networking.NetworkPolicyIngressRuleArgs(
            from_=from_, ports=[networking.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]
        )
        for from_, ports in ((None if exposed else [clients], serves), ([clients, *blocks], internal))
        if ports
    ]
    egress = [_to(reach) for reach in app.reaches]
    # Addresses of nodes and of the API are not known here, so only the ports are named.
    for reached, ports in ((app.reaches_kubernetes, (443, 6443)), (app.reaches_kubelets, (10250,))):
        if reached:
            open_to_all = [networking.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]
            egress.append(networking.NetworkPolicyEgressRuleArgs(ports=open_to_all))
    return networking.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(match_labels=app.selector),
        policy_types=_BOTH,
        ingress=ingress,
        egress=egress,
    )


def _to(reach: Reach) -> networking.NetworkPolicyEgressRuleArgs:
    port = networking.NetworkPolicyPortArgs(port=reach.port, protocol="TCP")
    return networking.NetworkPolicyEgressRuleArgs(to=_peers(reach), ports=[port])


def _peers(reach: Reach) -> list[networking.NetworkPolicyPeerArgs]:
    if isinstance(reach, Outside):
        return [networking.NetworkPolicyPeerArgs(ip_block=networking.IPBlockArgs(cidr=cidr)) for cidr in reach.cidrs]
    return [
        networking.NetworkPolicyPeerArgs(
            namespace_selector=meta.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": reach.namespace}),
            pod_selector=meta.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": reach.service}),
        )
    ]
