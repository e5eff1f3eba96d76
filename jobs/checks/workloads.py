"""Do the pods run that should, and is there room for more? Pure below the checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.checks.check import Finding, bad, judged, skipped
from jobs.checks.system import System
from jobs.cluster.manifest import NAMESPACE as TRAINING

KINDS = ("deployments", "statefulsets")
TEMPLATES = ("training", "tuning")
# Above this share the next Job or the next replica may find no place.
FULL = 0.95
LOOK = "`make status`; `kubectl describe` of the pod tells why"


def replicas(system: System) -> Finding:
    """Every Deployment and StatefulSet has the ready pods it wants."""
    found = [
        one
        for namespace in system.outputs.get("namespaces", [])
        for kind in KINDS
        for one in system.cluster.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}")
    ]
    if not found:
        return bad("there are no workloads", "`pulumi up` of the stack makes them")
    problems = [told for one in found if (told := short(one))]
    return judged(problems, f"{len(found)} workloads have all their pods", LOOK)


def templates(system: System) -> Finding:
    """Training and tuning have the template that their Jobs are made of."""
    there = {one["metadata"]["name"] for one in system.cluster.items(f"/api/v1/namespaces/{TRAINING}/podtemplates")}
    problems = [f"PodTemplate {TRAINING}/{name} is missing" for name in TEMPLATES if name not in there]
    return judged(problems, f"{', '.join(TEMPLATES)}", "`pulumi up` of the stack makes them")


def headroom(system: System) -> Finding:
    """No namespace has used up its quota."""
    quotas = [
        one
        for namespace in system.outputs.get("namespaces", [])
        for one in system.cluster.items(f"/api/v1/namespaces/{namespace}/resourcequotas")
    ]
    if not quotas:
        return skipped("the namespaces have no quota")
    shares = [(share, text) for one in quotas for share, text in used(one)]
    problems = [text for share, text in sorted(shares, reverse=True) if share > FULL]
    most = max(shares, default=(0.0, "nothing"))
    return judged(
        problems, f"the fullest: {most[1]}",
        "end what is not needed (`mlops train list`), or raise the quota in the stack's `mlops:namespaces`",
    )  # fmt: skip


def short(workload: Mapping[str, Any]) -> str | None:
    """What it lacks; None when it has what it wants."""
    name, wanted = f"{workload['metadata']['namespace']}/{workload['metadata']['name']}", workload["spec"]["replicas"]
    ready = (workload.get("status") or {}).get("readyReplicas", 0)
    return f"{name}: {ready} of {wanted} pods ready" if ready < wanted else None


def used(quota: Mapping[str, Any]) -> list[tuple[float, str]]:
    """Share of each limit that is used, with words."""
    status = quota.get("status") or {}
    hard, taken = status.get("hard") or {}, status.get("used") or {}
    return [
        (amount(taken[kind]) / amount(limit), f"{quota['metadata']['namespace']}: {taken[kind]} of {limit} {kind}")
        for kind, limit in hard.items()
        if kind in taken and amount(limit)
    ]


def amount(quantity: str) -> float:
    """`250m` → 0.25, `2Gi` → 2147483648."""
    from kubernetes.utils import quantity as quantities

    parse: Any = quantities.parse_quantity  # untyped
    return float(parse(quantity))
