"""The Kubernetes that stands in for EKS: decisions are Kubernetes' own, only containers are pretended."""

from __future__ import annotations

import json

import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster, eks_cluster
from local.cache import cache_root
from local.cluster.diagnose import condition
from local.cluster.wait import until
from local.errors import LocalError
from local.progress import Progress
from tests.local.aws.eks.objects import Object, container, deployment, namespace, pods, thing

pytestmark = pytest.mark.engine
SPACE = "eks-test"


def create(eks: EksCluster, *objects: Object) -> None:
    items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    eks.kubectl("create", "-f", "-", given=json.dumps(items))


def path(kind: str, name: str, api: str = "apis/apps/v1") -> str:
    return f"/{api}/namespaces/{SPACE}/{kind}/{name}"


@pytest.fixture(scope="module")
def space(eks: EksCluster) -> EksCluster:
    """The cluster with an empty namespace that enforces `restricted`."""
    create(eks, namespace(SPACE))
    until("the service account", lambda: eks.api.get(path("serviceaccounts", "default", "api/v1")))
    return eks


def test_a_deployment_of_restricted_pods_becomes_available(space: EksCluster) -> None:
    create(space, deployment("served", SPACE, replicas=3))
    until("it", lambda: condition(space.api.get(path("deployments", "served")), "Available"))


def test_pods_that_must_not_share_a_zone_are_spread_by_the_scheduler(space: EksCluster) -> None:
    term = {"labelSelector": {"matchLabels": {"app": "spread"}}, "topologyKey": "topology.kubernetes.io/zone"}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    create(space, deployment("spread", SPACE, replicas=4, affinity=affinity))

    def running() -> list[Object]:
        found = space.api.items(f"/api/v1/namespaces/{SPACE}/pods?labelSelector=app%3Dspread")
        return [pod for pod in found if condition(pod, "Ready")]

    until("three pods", lambda: len(running()) == 3)
    assert {pod["spec"]["nodeName"] for pod in running()} == {"node-a", "node-b", "node-c"}
    # The Deployment hears of its pods a moment later.
    until("one to wait", lambda: space.api.get(path("deployments", "spread"))["status"].get("unavailableReplicas") == 1)


def test_a_pod_that_is_not_restricted_is_refused(space: EksCluster) -> None:
    careless = thing("Pod", "v1", "careless", SPACE, {"containers": [container(securityContext={})]})
    with pytest.raises(LocalError, match='violates PodSecurity "restricted:latest"'):
        create(space, careless)


def test_a_quota_is_enforced(space: EksCluster) -> None:
    quota = thing("ResourceQuota", "v1", "few", SPACE, {"hard": {"count/configmaps": "3"}})
    create(space, quota)
    until("the quota", lambda: space.api.get(path("resourcequotas", "few", "api/v1"))["status"].get("used"))
    # The namespace has one already: the authority of its service accounts.
    for name in ("first", "second"):
        space.kubectl("create", "configmap", name, "--namespace", SPACE)
    with pytest.raises(LocalError, match="exceeded quota: few"):
        space.kubectl("create", "configmap", "third", "--namespace", SPACE)


def test_a_job_completes_and_so_does_what_a_cron_job_starts(space: EksCluster) -> None:
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [container()]}}}
    create(
        space, thing("CronJob", "batch/v1", "often", SPACE, {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}})
    )
    space.kubectl("create", "job", "once", "--from=cronjob/often", "--namespace", SPACE)
    until("the Job", lambda: condition(space.api.get(path("jobs", "once", "apis/batch/v1")), "Complete"))


@pytest.mark.parametrize("mode", ["Immediate", "WaitForFirstConsumer"])
def test_a_stateful_set_is_ready_with_its_claims_bound_to_the_class_it_asks_for(space: EksCluster, mode: str) -> None:
    name = f"kept-{mode.lower()}"
    create(space, {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "provisioner": "ebs.csi.aws.com", "volumeBindingMode": mode,
    })  # fmt: skip
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": name,
            "resources": {"requests": {"storage": "7Gi"}},
        },
    }
    mounts = [{"name": "data", "mountPath": "/data"}]
    spec = pods(name, {"containers": [container(volumeMounts=mounts)]})
    create(space, thing(
        "StatefulSet", "apps/v1", name, SPACE,
        {"replicas": 2, "serviceName": name, "volumeClaimTemplates": [claim], **spec},
    ))  # fmt: skip
    until("the StatefulSet", lambda: space.api.get(path("statefulsets", name))["status"].get("readyReplicas") == 2)
    bound = space.api.get(path("persistentvolumeclaims", f"data-{name}-1", "api/v1"))
    assert bound["status"]["phase"] == "Bound"
    assert bound["status"]["capacity"] == {"storage": "7Gi"}

    space.kubectl("delete", "statefulset", name, "--namespace", SPACE, "--timeout=30s")
    space.kubectl("delete", "persistentvolumeclaim", f"data-{name}-1", "--namespace", SPACE, "--timeout=30s")
    volume = f"/api/v1/persistentvolumes/{bound['spec']['volumeName']}"
    until("the volume to go with its claim", lambda: not space.api.get(volume))


def test_a_load_balancer_has_a_name_and_a_service_has_its_pods(space: EksCluster) -> None:
    spec = {"type": "LoadBalancer", "selector": {"app": "served"}, "ports": [{"port": 80}]}
    create(space, thing("Service", "v1", "open", SPACE, spec))

    def balancer() -> Object:
        found: Object = space.api.get(path("services", "open", "api/v1"))["status"]["loadBalancer"]
        return found

    until("its name", balancer)
    assert balancer() == {"ingress": [{"hostname": f"open.{SPACE}.elb.invalid"}]}
    slices = (
        f"/apis/discovery.k8s.io/v1/namespaces/{SPACE}/endpointslices?labelSelector=kubernetes.io/service-name%3Dopen"
    )
    until("its pods", lambda: [one for found in space.api.items(slices) for one in found["endpoints"] or ()])


def test_a_second_cluster_of_the_same_instance_is_refused_while_the_first_runs(eks: EksCluster) -> None:
    with (
        pytest.raises(LocalError, match="another command is at work on 'eks-test'"),
        eks_cluster(
            cache_root(), Progress(), access=Access("other", "eu-central-1", {}), secrets={}, instance="eks-test"
        ),
    ):
        pass
    assert eks.api.is_up()
