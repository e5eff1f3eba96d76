"""`pulumi up` on the simulated EKS: the plugin waits for real conditions and gets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.aws.eks.cluster import EksCluster
from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.local.aws.eks.objects import container, deployment, namespace, pods, thing
from tests.local.aws.eks.test_users import kubeconfig
from tests.local.plugins.stack import Stack

pytestmark = pytest.mark.engine
SPACE = "stack-test"
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "gp3",
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
CLASS = {
    "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "gp3"},
    "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer",
}  # fmt: skip
SERVICE = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}
JOB = {"template": {"spec": {"restartPolicy": "Never", "containers": [container()]}}}
STATEFUL = {
    "replicas": 1, "serviceName": "kept", "volumeClaimTemplates": [CLAIM],
    **pods("kept", {"containers": [container(volumeMounts=[{"name": "data", "mountPath": "/data"}])]}),
}  # fmt: skip
OBJECTS = [
    namespace(SPACE),
    CLASS,
    deployment("web", SPACE, replicas=2),
    thing("Service", "v1", "web", SPACE, SERVICE),
    thing("StatefulSet", "apps/v1", "kept", SPACE, STATEFUL),
    thing("Job", "batch/v1", "once", SPACE, JOB),
]
PROGRAM = """
    import pulumi
    import pulumi_kubernetes as k8s

    eks = k8s.Provider("eks", kubeconfig=pulumi.Config().require_secret("eks"))
    first = None
    for item in {objects!r}:
        after = pulumi.ResourceOptions(provider=eks, depends_on=[first] if first else [])
        kind = {{
            "Namespace": k8s.core.v1.Namespace, "StorageClass": k8s.storage.v1.StorageClass,
            "Deployment": k8s.apps.v1.Deployment, "Service": k8s.core.v1.Service,
            "StatefulSet": k8s.apps.v1.StatefulSet, "Job": k8s.batch.v1.Job,
        }}[item["kind"]]
        fields = {{key: value for key, value in item.items() if key in ("metadata", "spec")}}
        if item["kind"] == "StorageClass":
            fields |= {{"provisioner": item["provisioner"], "volume_binding_mode": item["volumeBindingMode"]}}
        resource = kind(item["kind"].lower(), **fields, opts=after)
        first = first or resource
        if item["kind"] == "Service":
            pulumi.export("address", resource.status.load_balancer.ingress[0].hostname)
        if item["kind"] in ("Deployment", "StatefulSet"):
            pulumi.export(item["kind"], resource.status.ready_replicas)
        if item["kind"] == "Job":
            pulumi.export("Job", resource.status.succeeded)
"""


def test_what_a_stack_makes_is_ready_when_up_returns_and_gone_after_destroy(eks: EksCluster, tmp_path: Path) -> None:
    engine = build_toolchain(cache_root(), Progress(), ("pulumi",)) / "pulumi"
    stack = Stack(tmp_path, engine)
    stack.configure("eks", kubeconfig(eks), secret=True)
    stack.write(PROGRAM.format(objects=OBJECTS))
    assert stack.up() == {"address": f"web.{SPACE}.elb.invalid", "Deployment": 2, "StatefulSet": 1, "Job": 1}
    assert stack.changes() == {}
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    assert eks.api.get(f"/api/v1/namespaces/{SPACE}") == {}
