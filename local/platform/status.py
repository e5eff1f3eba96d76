"""`make status`: every part, its address and whether it is well."""

from __future__ import annotations

from pathlib import Path

from local.cluster.client import Cluster
from local.cluster.cluster import diagnose
from local.cluster.node import node_pid
from local.cluster.registry import find_instance
from local.platform.first_model import mlops


def status(cache: Path, name: str) -> int:
    """Prints it; 0 when all is well, 1 otherwise."""
    instance = find_instance(cache, name)
    if instance is None:
        print(f"instance {name!r} does not exist in {cache}: make up")
        return 1
    pid = node_pid(instance)
    print(f"instance   {name}   folder {instance.folder}")
    print(f"node       {instance.node_address}   {f'running, process {pid}' if pid else 'stopped: make up'}")
    if pid is None:
        return 1
    cluster = Cluster(instance.kubeconfig)
    answers = cluster.is_up()
    print(f"kubernetes https://{instance.node_address}:6443   {'ready' if answers else 'does not answer'}")
    print(f"kubeconfig {instance.kubeconfig}")
    if not answers:
        return 1
    reasons = diagnose(cluster)
    for reason in reasons:
        print(f"not ready  {reason}")
    code, report = mlops(instance, "health")
    print(report.rstrip())
    return 1 if reasons or code else 0
