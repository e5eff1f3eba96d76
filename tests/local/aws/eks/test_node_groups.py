"""Nodes that come and go with the node groups of the emulated EKS, as large as their instances."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster, eks_cluster
from local.aws.eks.instance_size import InstanceSize
from local.aws.eks.node_groups import NodeGroups, nodes_of
from local.aws.emulators import Emulators
from local.aws.routes import ACCOUNT, REGION
from local.cache import cache_root
from local.cluster.diagnose import condition
from local.cluster.wait import until
from local.progress import Progress
from tests.local.aws.eks.objects import Object, deployment

POOL = "mlops/pool"
GROUP = {
    "nodegroupName": "Training-1",
    "capacityType": "SPOT",
    "instanceTypes": ["m7i.large", "m6i.large"],
    "labels": {POOL: "training"},
    "taints": [{"key": POOL, "value": "training", "effect": "NO_SCHEDULE"}],
    "scalingConfig": {"minSize": 0, "desiredSize": 3, "maxSize": 4},
}
M7I_LARGE = InstanceSize(vcpus=2, memory=8192, pods=29)


def test_a_group_s_nodes_have_its_labels_and_taints_and_are_dealt_out_over_its_zones() -> None:
    nodes = nodes_of(GROUP, M7I_LARGE, ["a", "b"])
    assert [(node.name, node.zone) for node in nodes] == [
        ("training-1-0", "a"),
        ("training-1-1", "b"),
        ("training-1-2", "a"),
    ]
    manifest = nodes[0].manifest
    assert manifest["spec"]["taints"] == [{"key": POOL, "value": "training", "effect": "NoSchedule"}]
    assert manifest["metadata"]["labels"][POOL] == "training"
    assert manifest["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "m7i.large"


@pytest.mark.parametrize(("vcpus", "cpu"), [(1, "940m"), (2, "1930m"), (4, "3920m"), (8, "7910m")])
def test_the_node_s_own_share_of_the_processors_is_that_of_eks(vcpus: int, cpu: str) -> None:
    assert InstanceSize(vcpus, 8192, 29).cpu == cpu


def test_memory_for_pods_is_what_node_and_kubelet_leave() -> None:
    assert M7I_LARGE.room == "6903Mi"


def test_an_instance_with_a_gpu_offers_it() -> None:
    described = {
        "VCpuInfo": {"DefaultVCpus": 4},
        "MemoryInfo": {"SizeInMiB": 16384},
        "NetworkInfo": {"MaximumNetworkInterfaces": 4, "Ipv4AddressesPerInterface": 15},
        "GpuInfo": {"Gpus": [{"Count": 1}]},
    }
    size = InstanceSize.of(described)
    assert size == InstanceSize(vcpus=4, memory=16384, pods=58, gpus=1)
    [first, *_] = nodes_of(GROUP, size, ["a"])
    assert first.manifest["status"]["allocatable"]["nvidia.com/gpu"] == "1"


@dataclass(frozen=True)
class Emulated:
    """A cluster that follows the node groups of the emulated AWS."""

    cluster: EksCluster
    eks: Any
    subnets: list[str]

    def group(self, name: str, nodes: int, **more: Any) -> None:
        self.eks.create_nodegroup(
            clusterName="mlops-groups", nodegroupName=name, subnets=self.subnets, instanceTypes=["m7i.large"],
            nodeRole=f"arn:aws:iam::{ACCOUNT}:role/nodes",
            scalingConfig={"minSize": 0, "desiredSize": nodes, "maxSize": 4}, **more,
        )  # fmt: skip

    def nodes(self) -> set[str]:
        return {
            node["metadata"]["name"] for node in self.cluster.api.items("/api/v1/nodes") if condition(node, "Ready")
        }

    def create(self, item: Object) -> None:
        self.cluster.kubectl("create", "-f", "-", given=json.dumps(item))


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    with Emulators(tmp_path_factory.mktemp("aws")) as aws:

        def client(service: str) -> Any:
            endpoint = aws.get(f"AWS_ENDPOINT_URL_{service.upper()}", aws["AWS_ENDPOINT_URL"])
            return boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
                service, region_name=REGION, endpoint_url=endpoint,
                aws_access_key_id=aws["AWS_ACCESS_KEY_ID"], aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
            )  # fmt: skip

        eks, ec2 = client("eks"), client("ec2")
        network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            for number, zone in enumerate("ab")
        ]
        names = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
        access = Access("mlops-groups", REGION, endpoints={})
        groups = NodeGroups("mlops-groups", eks, ec2)
        with eks_cluster(
            cache_root(), Progress(), access=access, secrets={}, instance="eks-groups", nodes=groups
        ) as cluster:
            role = f"arn:aws:iam::{ACCOUNT}:role/cluster"
            eks.create_cluster(name="mlops-groups", roleArn=role, resourcesVpcConfig={"subnetIds": names})
            yield Emulated(cluster, eks, names)


@pytest.mark.engine
def test_pods_wait_for_a_group_that_takes_them_and_nodes_go_with_their_group(emulated: Emulated) -> None:
    available = "/apis/apps/v1/namespaces/default/deployments/{}".format
    emulated.create(deployment("anywhere", "default", replicas=2))
    tolerated = [{"key": POOL, "value": "training", "effect": "NoSchedule"}]
    emulated.create(deployment("reserved", "default", tolerations=tolerated, nodeSelector={POOL: "training"}))

    emulated.group("serving", 2)
    until("the nodes", lambda: emulated.nodes() == {"serving-0", "serving-1"})
    until("its pods", lambda: condition(emulated.cluster.api.get(available("anywhere")), "Available"))
    assert not condition(emulated.cluster.api.get(available("reserved")), "Available")

    emulated.group(
        "training", 1, labels={POOL: "training"}, taints=[{"key": POOL, "value": "training", "effect": "NO_SCHEDULE"}]
    )
    until("the reserved pods", lambda: condition(emulated.cluster.api.get(available("reserved")), "Available"))

    emulated.eks.delete_nodegroup(clusterName="mlops-groups", nodegroupName="training")
    until("the node to go", lambda: emulated.nodes() == {"serving-0", "serving-1"})


@pytest.mark.engine
def test_a_pod_larger_than_every_node_is_told_to_be(emulated: Emulated) -> None:
    until("a node", emulated.nodes)
    big = {"name": "main", "image": "nowhere.invalid/nothing:0", "resources": {"requests": {"cpu": "1950m"}}}
    emulated.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big", "namespace": "default"},
        "spec": {"containers": [big]},
    })  # fmt: skip

    def reason() -> str:
        conditions = emulated.cluster.api.get("/api/v1/namespaces/default/pods/big")["status"].get("conditions", [])
        return next((str(entry.get("message", "")) for entry in conditions), "")

    # A node that was ready just now may still be marked as one that is not.
    until("the scheduler's word", lambda: "Insufficient cpu" in reason(), why_not=reason)
