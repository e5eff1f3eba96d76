"""Hardened pods: the only way a pod is built here, so that house rule 15 holds for every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation.apps import App
from infra.foundation.resources import Resources
from infra.foundation.volumes import Mount, kubernetes_token, scratch

USER = 65532
# Label and taint of nodes that are kept for one kind of work.
POOL = "mlops/pool"


@dataclass(frozen=True)
class SecretKey:
    """A key of a Secret as an environment variable: for programs that read nothing else."""

    secret: pulumi.Input[str]
    key: str

    def args(self) -> core.EnvVarSourceArgs:
        return core.EnvVarSourceArgs(secret_key_ref=core.SecretKeySelectorArgs(name=self.secret, key=self.key))


@dataclass(frozen=True)
class Probes:
    """Started? Alive? Ready for traffic? Liveness must never depend on another service."""

    startup: core.ProbeArgs
    liveness: core.ProbeArgs
    readiness: core.ProbeArgs


@dataclass(frozen=True)
class Container:
    """A container of a hardened pod; `/tmp` is writable, everything else only where a mount says so."""

    name: str
    image: pulumi.Input[str]
    resources: Resources
    command: Sequence[pulumi.Input[str]] = ()
    args: Sequence[pulumi.Input[str]] = ()
    env: Mapping[str, pulumi.Input[str] | SecretKey] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    probes: Probes | None = None
    pre_stop: Sequence[str] = ()
    tmp_size: str = "256Mi"


def server(
    app: App,
    containers: Sequence[Container],
    *,
    grace_seconds: int = 30,
    service_account: pulumi.Input[str] | None = None,
    init_containers: Sequence[Container] = (),
) -> core.PodTemplateSpecArgs:
    """The pod of something that runs until told otherwise; every container of it has probes.

    Replicas prefer different nodes and zones, and still start when there is one node only. Only what says that it
    reaches Kubernetes gets a token.
    """
    for container in containers:
        if container.probes is None:
            raise ValueError(f"container {container.name!r} of {app.name!r} runs for ever: give it probes")
    spread = [
        core.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=meta.LabelSelectorArgs(match_labels=app.selector),
        )
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    if app.reaches_kubernetes:
        token = kubernetes_token()
        containers = [replace(container, mounts=[*container.mounts, token]) for container in containers]
    spec = _spec(
        containers,
        init_containers,
        service_account=service_account,
        grace_seconds=grace_seconds,
        restart_policy="Always",
        spread=spread,
    )
    return core.PodTemplateSpecArgs(metadata=meta.ObjectMetaArgs(labels=app.pod_labels), spec=spec)


def job(
    app: App,
    container: Container,
    *,
    deadline_seconds: int | None = None,
    service_account: pulumi.Input[str] | None = None,
    pool: str | None = None,
    beside: Sequence[Container] = (),
) -> core.PodTemplateSpecArgs:
    """The pod of something that ends; a failure is tried again in a new pod.

    `pool` names the nodes it prefers and may use, where a cluster has such nodes. What is `beside` it serves it alone:
    it has started before and is ended after.
    """
    if app.reaches_kubernetes:
        container = replace(container, mounts=[*container.mounts, kubernetes_token()])
    spec = _spec(
        [container],
        beside=beside,
        pool=pool,
        service_account=service_account,
        restart_policy="Never",
        active_deadline_seconds=deadline_seconds,
    )
    return core.PodTemplateSpecArgs(metadata=meta.ObjectMetaArgs(labels=app.pod_labels), spec=spec)


def _spec(
    containers: Sequence[Container],
    init_containers: Sequence[Container] = (),
    beside: Sequence[Container] = (),
    *,
    service_account: pulumi.Input[str] | None,
    restart_policy: str,
    grace_seconds: int = 30,
    spread: list[core.TopologySpreadConstraintArgs] | None = None,
    active_deadline_seconds: int | None = None,
    pool: str | None = None,
) -> core.PodSpecArgs:
    everyone = [*init_containers, *beside, *containers]
    mounts = {mount.name: mount for each in everyone for mount in _mounts(each)}
    return core.PodSpecArgs(
        containers=[_container(each) for each in containers],
        init_containers=[
            *(_container(each) for each in init_containers),
            *(_container(each, restart_policy="Always") for each in beside),
        ]
        or None,
        volumes=[mount.volume for mount in mounts.values() if mount.volume is not None],
        service_account_name=service_account,
        automount_service_account_token=False,
        enable_service_links=False,
        restart_policy=restart_policy,
        termination_grace_period_seconds=grace_seconds,
        active_deadline_seconds=active_deadline_seconds,
        topology_spread_constraints=spread,
        affinity=_prefers(pool) if pool else None,
        tolerations=[core.TolerationArgs(key=POOL, value=pool, effect="NoSchedule")] if pool else None,
        security_context=core.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=USER,
            fs_group=USER,
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
        ),
    )


def _prefers(pool: str) -> core.AffinityArgs:
    """Not "requires": a cluster of one node has no pools."""
    here = core.NodeSelectorTermArgs(
        match_expressions=[core.NodeSelectorRequirementArgs(key=POOL, operator="In", values=[pool])]
    )
    return core.AffinityArgs(
        node_affinity=core.NodeAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=[
                core.PreferredSchedulingTermArgs(weight=100, preference=here)
            ]
        )
    )


def _container(container: Container, restart_policy: str | None = None) -> core.ContainerArgs:
    probes = container.probes
    return core.ContainerArgs(
        name=container.name,
        image=container.image,
        # Images are preloaded on `local` and named by digest everywhere: pulling again could only fail.
        image_pull_policy="IfNotPresent",
        command=list(container.command) or None,
        args=list(container.args) or None,
        env=[_variable(name, value) for name, value in sorted(container.env.items())] or None,
        ports=[core.ContainerPortArgs(name=n, container_port=p, protocol="TCP") for n, p in container.ports.items()]
        or None,
        resources=_resources(container.resources),
        volume_mounts=[mount.args() for mount in _mounts(container)],
        lifecycle=_before_stop(container.pre_stop) if container.pre_stop else None,
        startup_probe=probes.startup if probes else None,
        liveness_probe=probes.liveness if probes else None,
        readiness_probe=probes.readiness if probes else None,
        # Of an init container "Always" means that it goes on beside those after it.
        restart_policy=restart_policy,
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
    )


def _resources(resources: Resources) -> core.ResourceRequirementsArgs:
    return core.ResourceRequirementsArgs(
        requests={"cpu": resources.cpu, "memory": resources.memory},
        limits={"cpu": resources.cpu_limit, "memory": resources.memory_limit},
    )


def _variable(name: str, value: pulumi.Input[str] | SecretKey) -> core.EnvVarArgs:
    if isinstance(value, SecretKey):
        return core.EnvVarArgs(name=name, value_from=value.args())
    return core.EnvVarArgs(name=name, value=value)


def _before_stop(command: Sequence[str]) -> core.LifecycleArgs:
    return core.LifecycleArgs(pre_stop=core.LifecycleHandlerArgs(exec_=core.ExecActionArgs(command=list(command))))


def _mounts(container: Container) -> list[Mount]:
    return [*container.mounts, scratch("tmp", "/tmp", container.tmp_size)]
