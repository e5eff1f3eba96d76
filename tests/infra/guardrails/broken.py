"""What a component registered, spoiled in one place."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from infra.guardrails.rules.rule import Object
from tests.support.look import only
from tests.support.stack import stack


def spoiled(kind: str, name: str | None, spoil: Callable[[dict[str, Any]], object]) -> Object:
    """The object of that kind and name, after `spoil` changed its inputs."""
    resource = only(stack(), kind, name)
    inputs = deepcopy(resource.inputs)
    spoil(inputs)
    return Object(resource.type, resource.name, inputs)


def server(spoil: Callable[[dict[str, Any], dict[str, Any]], object]) -> Object:
    """The model server's Deployment, after `spoil` changed its pod or its container."""

    def change(inputs: dict[str, Any]) -> None:
        pod = inputs["spec"]["template"]["spec"]
        spoil(pod, pod["containers"][0])

    return spoiled("Deployment", "model-server-blue", change)


def _public(inputs: dict[str, Any]) -> None:
    inputs["spec"] |= {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/16"]}
    inputs["metadata"]["annotations"] = {"service.beta.kubernetes.io/aws-load-balancer-ssl-cert": "arn:aws:acm:x"}


@dataclass(frozen=True)
class Broken:
    """An object that breaks one rule, and a word that the complaint must contain."""

    rule: str
    what: str
    object: Object
    word: str


def broken() -> Iterator[Broken]:
    """At least one for every rule."""
    yield Broken(
        "pods-run-as-non-root",
        "the pod says nothing of root",
        server(lambda pod, _: pod["securityContext"].pop("runAsNonRoot")),
        "runAsNonRoot",
    )
    yield Broken(
        "pods-use-seccomp",
        "no seccomp profile",
        server(lambda pod, _: pod["securityContext"].pop("seccompProfile")),
        "seccompProfile",
    )
    yield Broken(
        "pods-run-as-non-root",
        "one container overrules its pod",
        server(lambda _, container: container["securityContext"].update(runAsNonRoot=False)),
        "'server'",
    )
    yield Broken(
        "pods-have-a-read-only-root",
        "a writable root",
        server(lambda _, container: container["securityContext"].update(readOnlyRootFilesystem=False)),
        "readOnlyRootFilesystem",
    )
    yield Broken(
        "pods-drop-capabilities",
        "nothing dropped",
        server(lambda _, container: container["securityContext"].pop("capabilities")),
        "drop",
    )
    yield Broken(
        "pods-drop-capabilities",
        "one added",
        server(lambda _, container: container["securityContext"]["capabilities"].update(add=["NET_ADMIN"])),
        "NET_ADMIN",
    )
    yield Broken(
        "pods-gain-no-privilege",
        "a privileged container",
        server(lambda _, container: container["securityContext"].update(privileged=True)),
        "privileged",
    )
    yield Broken(
        "pods-gain-no-privilege",
        "escalation left to the default",
        server(lambda _, container: container["securityContext"].pop("allowPrivilegeEscalation")),
        "allowPrivilegeEscalation",
    )
    yield Broken(
        "pods-have-requests-and-limits",
        "no memory limit",
        server(lambda _, container: container["resources"]["limits"].pop("memory")),
        "resources.limits.memory",
    )
    yield Broken(
        "servers-have-probes",
        "no readiness probe",
        server(lambda _, container: container.pop("readinessProbe")),
        "readinessProbe",
    )
    yield Broken(
        "pods-get-no-token-by-accident",
        "left to the default",
        server(lambda pod, _: pod.pop("automountServiceAccountToken")),
        "automountServiceAccountToken",
    )
    yield Broken(
        "pods-leave-the-node-alone",
        "the node's network",
        server(lambda pod, _: pod.update(hostNetwork=True)),
        "Network",
    )
    yield Broken(
        "pods-leave-the-node-alone",
        "a folder of the node",
        server(lambda pod, _: pod["volumes"].append({"name": "docker", "hostPath": {"path": "/var/run"}})),
        "'docker'",
    )
    yield Broken(
        "pods-leave-the-node-alone",
        "a port of the node",
        server(lambda _, container: container["ports"][0].update(hostPort=80)),
        "hostPort",
    )
    yield Broken(
        "images-are-fixed",
        "a moving tag in an init container",
        spoiled(
            "StatefulSet",
            "store",
            lambda inputs: inputs["spec"]["template"]["spec"]["initContainers"][0].update(image="jobs:latest"),
        ),
        "jobs:latest",
    )
    yield Broken(
        "config-maps-hold-no-secrets",
        "a password in a ConfigMap",
        Object("kubernetes:core/v1:ConfigMap", "settings", {"data": {"db_password": "x"}}),
        "db_password",
    )
    yield Broken(
        "environments-hold-no-secrets",
        "a key in plain text in a CronJob",
        spoiled(
            "CronJob",
            "backup",
            lambda inputs: inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["env"].append(
                {"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}
            ),
        ),
        "AWS_SECRET_ACCESS_KEY",
    )
    yield Broken(
        "load-balancers-are-internal",
        "a load balancer without annotation",
        spoiled("Service", "gateway", _public),
        "public",
    )
    yield Broken(
        "namespaces-are-restricted",
        "a namespace that only warns",
        spoiled(
            "Namespace",
            "ml-training",
            lambda inputs: inputs["metadata"]["labels"].pop("pod-security.kubernetes.io/enforce"),
        ),
        "restricted",
    )
