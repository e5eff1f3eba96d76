"""The Kubernetes objects of the AWS stacks on a real control plane, with as many and as large nodes as the stack has.

Not on the nodes: what EKS' own add-ons ask for, some 0.2 processors on each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.cluster.pools import TRAINING, Pool, pools
from infra.foundation.workload import POOL
from infra.settings.models import AwsSettings
from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster, eks_cluster
from local.aws.eks.instance_size import InstanceSize
from local.aws.eks.node_groups import nodes_of
from local.aws.eks.nodes import SimulatedNode
from local.cache import cache_root
from local.cluster.cluster import diagnose
from local.cluster.diagnose import condition
from local.cluster.wait import until
from local.errors import LocalError
from local.progress import Progress
from tests.support.recording import opened
from tests.support.settings import aws_settings
from tests.support.stack import stack

pytestmark = pytest.mark.engine
Object = dict[str, Any]
RESTRICTED = "restricted"


def size_of(kind: str) -> InstanceSize:
    with mock_aws():
        ec2 = boto3.client("ec2", "eu-central-1", aws_access_key_id="any", aws_secret_access_key="any")
        return InstanceSize.of(ec2.describe_instance_types(InstanceTypes=[kind])["InstanceTypes"][0])


def nodes(pool: Pool, settings: AwsSettings, number: int) -> list[SimulatedNode]:
    """So many nodes of the pool's first instance type."""
    taint = {"key": POOL, "value": pool.name, "effect": "NO_SCHEDULE"}
    group = {
        "nodegroupName": pool.name,
        "capacityType": pool.capacity_type,
        "instanceTypes": pool.settings.instance_types,
        "labels": {POOL: pool.name},
        "taints": [taint] if pool.reserved else [],
        "scalingConfig": {"desiredSize": number},
    }
    return nodes_of(group, size_of(pool.settings.instance_types[0]), settings.network.zones)


def objects(name: str) -> list[Object]:
    """Everything the stack makes in its cluster, in its order; what it leaves unnamed has the recorder's name."""
    made = [resource for resource in stack(name).resources if resource.type.startswith("kubernetes:")]
    found = [opened(resource.inputs) for resource in made]
    for resource, item in zip(made, found, strict=True):
        item.setdefault("metadata", {}).setdefault("name", f"{resource.name}-0a1b2c3d")
    return found


@dataclass(frozen=True)
class Deployed:
    """A stack's objects in a cluster."""

    cluster: EksCluster
    settings: AwsSettings

    def create(self, *items: Object) -> None:
        together = {"apiVersion": "v1", "kind": "List", "items": items}
        self.cluster.kubectl("create", "-f", "-", given=json.dumps(together))

    def items(self, api: str, kind: str) -> list[Object]:
        return self.cluster.api.items(f"/{api}/{kind}")

    def why_not(self) -> str:
        return "; ".join(diagnose(self.cluster.api))


@pytest.fixture(scope="module", params=["dev", "prod"])
def deployed(request: pytest.FixtureRequest) -> Iterator[Deployed]:
    settings = aws_settings(request.param)
    least = [node for pool in pools(settings.cluster.nodes) for node in nodes(pool, settings, pool.settings.min_nodes)]
    access = Access("placement", "eu-central-1", endpoints={})
    with eks_cluster(
        cache_root(), Progress(), access=access, secrets={}, instance="eks-placement", nodes=least
    ) as cluster:
        made = Deployed(cluster, settings)
        made.create(*objects(request.param))
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RESTRICTED, "labels": restricted}})
        until(
            "the service account",
            lambda: cluster.api.get(f"/api/v1/namespaces/{RESTRICTED}/serviceaccounts/default"),
        )
        yield made


def complete(deployed: Deployed) -> bool:
    """Whether all replicas that the stack and its autoscalers want are there, and every Job is done."""
    least = {
        (item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]): item["spec"]["minReplicas"]
        for item in deployed.items("apis/autoscaling/v2", "horizontalpodautoscalers")
    }
    for item in deployed.items("apis/apps/v1", "deployments") + deployed.items("apis/apps/v1", "statefulsets"):
        wanted = item["spec"]["replicas"]
        if wanted:  # an autoscaler leaves one that was put to 0 alone
            wanted = least.get((item["metadata"]["namespace"], item["metadata"]["name"]), wanted)
        if item["status"].get("readyReplicas", 0) < wanted:
            return False
    return all(condition(job, "Complete") for job in deployed.items("apis/batch/v1", "jobs"))


def test_all_of_it_runs_on_the_fewest_nodes_that_the_stack_has(deployed: Deployed) -> None:
    assert len(deployed.items("apis/apps/v1", "deployments")) >= 3
    until("every workload", lambda: complete(deployed), seconds=60, why_not=deployed.why_not)


def test_both_colours_of_the_model_server_have_room_while_one_takes_over(deployed: Deployed) -> None:
    space, colours = "ml-serving", ("model-server-blue", "model-server-green")
    of = {item["metadata"]["name"]: item for item in deployed.items("apis/apps/v1", "deployments")}
    replicas = {colour: of[colour]["spec"]["replicas"] for colour in colours}
    idle = min(colours, key=lambda colour: replicas[colour])
    assert sorted(map(bool, replicas.values())) == [False, True], "one serves, one is idle"

    def scale(number: int) -> None:
        deployed.cluster.kubectl("scale", "deployment", idle, "--namespace", space, "--replicas", str(number))

    scale(max(replicas.values()))
    until("both colours", lambda: complete(deployed), seconds=60, why_not=deployed.why_not)
    scale(0)
    until("the idle colour's end", lambda: not servers(deployed, idle))


def servers(deployed: Deployed, workload: str) -> list[Object]:
    pods = deployed.items("api/v1", "pods")
    return [pod for pod in pods if pod["metadata"]["name"].startswith(f"{workload}-")]


def test_what_the_schedules_start_runs_there_too(deployed: Deployed) -> None:
    schedules = deployed.items("apis/batch/v1", "cronjobs")
    assert len(schedules) >= 2
    for schedule in schedules:
        name, space = schedule["metadata"]["name"], schedule["metadata"]["namespace"]
        deployed.cluster.kubectl("create", "job", f"try-{name}", f"--from=cronjob/{name}", "--namespace", space)
    until("every Job", lambda: complete(deployed), seconds=60, why_not=deployed.why_not)


def test_a_training_job_takes_a_node_of_its_pool(deployed: Deployed) -> None:
    pool = next(pool for pool in pools(deployed.settings.cluster.nodes) if pool.name == TRAINING)
    least = [node.name for node in nodes(pool, deployed.settings, pool.settings.min_nodes)]
    templates = {each["metadata"]["name"]: each for each in deployed.items("api/v1", "podtemplates")}
    template = templates["training"]
    space = template["metadata"]["namespace"]
    pod = template["template"] | {"apiVersion": "v1", "kind": "Pod"}
    deployed.create({**pod, "metadata": {**pod["metadata"], "name": "try-training", "namespace": space}})

    def where() -> str:
        return str(
            deployed.cluster.api.get(f"/api/v1/namespaces/{space}/pods/try-training")["spec"].get("nodeName", "")
        )

    assert until("a node for it", where, why_not=deployed.why_not) in least


@pytest.mark.parametrize("name", ["local", "dev", "prod"])
def test_the_api_server_admits_a_pod_of_every_template_into_a_restricted_namespace(
    deployed: Deployed, name: str
) -> None:
    """Also of what no test here starts: server pods that nobody waits for, schedules, the mould of training jobs."""
    templates = {each.name: opened(pod) for each, pod in stack(name).pods()}
    assert len(templates) >= 8
    for each, template in templates.items():
        # Only the evaluator is asked: accounts, claims and secrets of other stacks are not there.
        spec = {key: value for key, value in template["spec"].items() if key != "serviceAccountName"}
        # A StatefulSet puts its claims there itself.
        own = {volume["name"] for volume in spec["volumes"]}
        mounted = {m["name"] for c in spec["containers"] + spec.get("initContainers", []) for m in c["volumeMounts"]}
        spec["volumes"] = [*spec["volumes"], *({"name": claim, "emptyDir": {}} for claim in mounted - own)]
        deployed.cluster.kubectl(
            "create", "--dry-run=server", "-f", "-",
            given=json.dumps({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dry", "namespace": RESTRICTED}, "spec": spec,
            }),
        )  # fmt: skip
        spec["securityContext"] = {"runAsUser": 0}
        with pytest.raises(LocalError, match="violates PodSecurity"):
            deployed.cluster.kubectl(
                "create", "--dry-run=server", "-f", "-",
                given=json.dumps({
                    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": each[:40], "namespace": RESTRICTED},
                    "spec": spec,
                }),
            )  # fmt: skip
