"""`make status`: every part, its address and whether it is well."""

from __future__ import annotations

from pathlib import Path

from local.cluster.cluster import diagnose
from local.cluster.node import node_pid
from local.cluster.registry import find_instance
from local.platform.first_model import Mlops
from local.platform.stack_config import read_recorded
from local.platform.target import NAMESPACES, client_kubeconfig, target_of


def status(cache: Path, name: str) -> int:
    """Prints it; 0 when all is well, 1 otherwise."""
    instance = find_instance(cache, name)
    if instance is None:
        print(f"instance {name!r} does not exist in {cache}: make up")
        return 1
    target = target_of(read_recorded(instance), instance)
    print(f"instance   {name}   folder {instance.folder}")
    if target.ours:
        pid = node_pid(instance)
        print(f"node       {instance.node_address}   {f'running, process {pid}' if pid else 'stopped: make up'}")
        if pid is None:
            return 1
    else:
        print(f"cluster    {target.node_address}   named by the stack's settings, not started here")
    cluster = target.connect()
    answers = cluster.is_up()
    print(f"kubernetes {cluster.address}   {'ready' if answers else 'does not answer'}")
    print(f"kubeconfig {target.kubeconfig}   context {target.context}")
    if not answers:
        return 1
    reasons = diagnose(cluster, () if target.ours else NAMESPACES)
    for reason in reasons:
        print(f"not ready  {reason}")
    health = Mlops(instance, client_kubeconfig(target, instance)).run("health")
    print((health.output or health.errors).rstrip())
    return 1 if reasons or health.code else 0
