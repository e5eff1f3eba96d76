"""Claims about EKS."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from infra.cluster.eks import EksCluster, EksClusterArgs
from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.settings.eks import EksSettings
from tests.support.recording import Recorded, Recording, record

CLOUD = Cloud("111122223333", "eu-central-1", "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
POOL = {"instanceTypes": ["m6i.xlarge"], "minNodes": 2, "maxNodes": 6}
SETTINGS: dict[str, Any] = {
    "admins": ["arn:aws:iam::111122223333:role/deployer"],
    "nodes": {"serving": POOL, "training": POOL | {"minNodes": 1, "capacity": "spot", "disk": 200}},
}
NAMES = ("deployer", "platform/lead")


def made(durability: Durability = Durability.DISPOSABLE, **changed: Any) -> Recording:
    """The cluster, and something in Kubernetes that is made with its kubeconfig."""
    args = EksClusterArgs(
        cloud=replace(CLOUD, durability=durability),
        settings=EksSettings.model_validate(SETTINGS | changed),
        subnets=["subnet-a", "subnet-b"],
        node_group="sg-nodes",
        api_group="sg-api",
        secrets_key="arn:key/secrets",
        volume_key="arn:key/volumes",
        log_key="arn:key/logs",
    )

    def program() -> None:
        cluster = EksCluster("cluster", args)
        provider = kubernetes.Provider("inside", kubeconfig=cluster.kubeconfig)
        kubernetes.core.v1.Namespace("namespace", opts=pulumi.ResourceOptions(provider=provider))
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("securityGroup", cluster.security_group)
        pulumi.export("ready", [type(each).__name__ for each in cluster.ready])

    return record(program)


@pytest.fixture(scope="module")
def dev() -> Recording:
    return made()


@pytest.fixture(scope="module")
def gpu() -> Recording:
    return made(nodes=SETTINGS["nodes"] | {"gpu": POOL | {"instanceTypes": ["g5.xlarge"], "disk": 150}})


def cluster_of(recording: Recording) -> Recorded:
    return recording.one("Cluster", "cluster")


def test_the_control_plane_encrypts_secrets_with_our_key_and_may_use_it(dev: Recording) -> None:
    assert cluster_of(dev).inputs["encryptionConfig"] == {
        "provider": {"keyArn": "arn:key/secrets"},
        "resources": ["secrets"],
    }
    (statement,) = json.loads(dev.one("RolePolicy", "cluster-secrets-key").inputs["policy"])["Statement"]
    assert statement["Resource"] == ["arn:key/secrets"]
    assert statement["Action"] == ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]


def test_every_log_of_the_control_plane_goes_to_a_group_of_ours(dev: Recording) -> None:
    logs = dev.one("LogGroup", "cluster-logs")
    assert logs.inputs["name"] == "/aws/eks/mlops-dev-cluster/cluster"
    assert (logs.inputs["retentionInDays"], logs.inputs["kmsKeyId"]) == (90, "arn:key/logs")
    assert sorted(cluster_of(dev).inputs["enabledClusterLogTypes"]) == [
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    ]
    assert dev.waits_for(cluster_of(dev), logs)


def test_the_api_is_private_unless_ranges_are_named(dev: Recording) -> None:
    inside = cluster_of(dev).inputs["vpcConfig"]
    assert (inside["endpointPrivateAccess"], inside["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in inside
    outside = cluster_of(made(publicAccess=["198.51.100.0/24"])).inputs["vpcConfig"]
    assert (outside["endpointPrivateAccess"], outside["endpointPublicAccess"]) == (True, True)
    assert outside["publicAccessCidrs"] == ["198.51.100.0/24"]


def test_only_the_named_administer_the_cluster_by_access_entries(dev: Recording) -> None:
    assert cluster_of(dev).inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    entry = dev.one("AccessEntry", "cluster-admin-111122223333-role-deployer").inputs
    policy = dev.one("AccessPolicyAssociation", "cluster-admin-111122223333-role-deployer-policy").inputs
    assert entry["principalArn"] == policy["principalArn"] == "arn:aws:iam::111122223333:role/deployer"
    assert policy["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert policy["accessScope"] == {"type": "cluster"}
    assert len(dev.of_kind("AccessEntry")) == 1


def test_administrators_of_the_same_name_have_entries_of_their_own() -> None:
    admins = [
        f"arn:aws:iam::{account}:{kind}/{name}"
        for account in ("111122223333", "444455556666")
        for kind in ("role", "user")
        for name in NAMES
    ]
    recording = made(admins=admins)
    assert sorted(entry.inputs["principalArn"] for entry in recording.of_kind("AccessEntry")) == sorted(admins)


def test_only_eks_becomes_the_cluster_s_role_and_only_for_this_cluster(dev: Recording) -> None:
    (statement,) = json.loads(dev.one("Role", "cluster-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:eks:eu-central-1:111122223333:cluster/mlops-dev-cluster"},
    }


@pytest.mark.parametrize(("durability", "kept"), [(Durability.DISPOSABLE, False), (Durability.KEPT, True)])
def test_durability_decides_whether_the_cluster_may_be_deleted(durability: Durability, kept: bool) -> None:
    cluster = cluster_of(made(durability))
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (kept, kept)


def test_metadata_needs_a_token_and_ends_at_the_node_so_that_pods_do_not_get_its_role(gpu: Recording) -> None:
    for template in gpu.of_kind("LaunchTemplate"):
        assert template.inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        }


def test_disks_of_nodes_are_encrypted_with_our_key(gpu: Recording) -> None:
    sizes = {}
    for template in gpu.of_kind("LaunchTemplate"):
        for disk in template.inputs["blockDeviceMappings"]:
            ebs = disk["ebs"]
            assert (ebs["encrypted"], ebs["kmsKeyId"], ebs["volumeType"]) == ("true", "arn:key/volumes", "gp3")
            assert ebs["deleteOnTermination"] == "true"
            sizes[template.name, disk["deviceName"]] = ebs["volumeSize"]
    assert sizes == {
        ("cluster-nodes-serving-template", "/dev/xvda"): 80,
        ("cluster-nodes-training-template", "/dev/xvda"): 200,
        ("cluster-nodes-gpu-template", "/dev/xvda"): 4,
        ("cluster-nodes-gpu-template", "/dev/xvdb"): 150,
    }


def test_instances_and_their_disks_carry_the_tags_of_their_pool(dev: Recording) -> None:
    template = dev.one("LaunchTemplate", "cluster-nodes-training-template").inputs
    assert {one["resourceType"]: one["tags"] for one in template["tagSpecifications"]} == {
        kind: CLOUD.tagged("cluster-nodes-training") for kind in ("instance", "volume")
    }


def test_nobody_logs_in_to_a_node(gpu: Recording) -> None:
    for template in gpu.of_kind("LaunchTemplate"):
        assert not {"keyName", "userData", "networkInterfaces", "imageId"} & template.inputs.keys()
    for group in gpu.of_kind("NodeGroup"):
        assert "remoteAccess" not in group.inputs


def test_nodes_are_in_the_cluster_s_group_and_in_ours(dev: Recording) -> None:
    for template in dev.of_kind("LaunchTemplate"):
        assert template.inputs["vpcSecurityGroupIds"] == ["sg-cluster", "sg-nodes"]
    assert dev.outputs["securityGroup"] == "sg-cluster"


def test_nodes_of_training_are_for_training_alone_and_may_be_spot(dev: Recording) -> None:
    serving = dev.one("NodeGroup", "cluster-nodes-serving").inputs
    training = dev.one("NodeGroup", "cluster-nodes-training").inputs
    assert (serving["labels"], serving["capacityType"], serving["taints"]) == (
        {"mlops/pool": "serving"},
        "ON_DEMAND",
        [],
    )
    assert (training["labels"], training["capacityType"]) == ({"mlops/pool": "training"}, "SPOT")
    assert training["taints"] == [{"key": "mlops/pool", "value": "training", "effect": "NO_SCHEDULE"}]
    assert {serving["amiType"], training["amiType"]} == {"AL2023_x86_64_STANDARD"}
    assert {serving["version"], training["version"]} == {cluster_of(dev).inputs["version"]}
    assert dev.names("NodeGroup") == ["cluster-nodes-serving", "cluster-nodes-training"]


def test_how_many_nodes_run_is_left_to_whoever_scales_them(dev: Recording) -> None:
    for group in dev.of_kind("NodeGroup"):
        assert group.ignored == ("scalingConfig.desiredSize",)


def test_a_gpu_pool_is_made_when_it_is_asked_for_with_an_image_that_offers_its_gpus(gpu: Recording) -> None:
    group = gpu.one("NodeGroup", "cluster-nodes-gpu").inputs
    assert group["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"
    assert group["taints"] == [{"key": "mlops/pool", "value": "gpu", "effect": "NO_SCHEDULE"}]


def test_nodes_may_pull_images_and_join_and_the_network_s_rights_are_not_theirs(dev: Recording) -> None:
    attached: dict[str, set[str]] = {}
    for attachment in dev.of_kind("RolePolicyAttachment"):
        role = attachment.inputs["role"].removesuffix("-0a1b2c3")
        attached.setdefault(role, set()).add(attachment.inputs["policyArn"].removeprefix("arn:aws:iam::aws:policy/"))
    assert attached == {
        "cluster-role": {"AmazonEKSClusterPolicy"},
        "cluster-nodes-role": {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"},
        "cluster-node-aws-node-role": {"AmazonEKS_CNI_Policy"},
        "cluster-shared-ebs-csi-controller-sa-role": {"AmazonEBSCSIDriverEKSClusterScopedPolicy"},
    }


def test_network_policies_are_enforced(dev: Recording) -> None:
    network = dev.one("Addon", "cluster-node-vpc-cni").inputs
    assert json.loads(network["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_volumes_are_tagged_and_encrypted_by_the_driver_through_ec2_alone(dev: Recording) -> None:
    driver = dev.one("Addon", "cluster-shared-aws-ebs-csi-driver").inputs
    extra = json.loads(driver["configurationValues"])["controller"]["extraVolumeTags"]
    assert extra == {key: value for key, value in CLOUD.tagged("").items() if key != "Name"}
    policy = json.loads(dev.one("RolePolicy", "cluster-shared-ebs-csi-controller-sa-key").inputs["policy"])
    for statement in policy["Statement"]:
        assert statement["Resource"] == ["arn:key/volumes"]
        assert statement["Condition"]["StringEquals"] == {"kms:ViaService": "ec2.eu-central-1.amazonaws.com"}


def test_add_ons_that_call_aws_have_identities_of_their_own_before_they_start(dev: Recording) -> None:
    for add_on, account in (
        ("node-vpc-cni", "node-aws-node"),
        ("shared-aws-ebs-csi-driver", "shared-ebs-csi-controller-sa"),
    ):
        association = dev.one("PodIdentityAssociation", f"cluster-{account}-association")
        assert association.inputs["namespace"] == "kube-system"
        assert dev.waits_for(dev.one("Addon", f"cluster-{add_on}"), association)


def test_what_nodes_need_to_be_ready_comes_before_them_and_what_needs_nodes_after(dev: Recording) -> None:
    add_ons = {one.inputs["addonName"]: one for one in dev.of_kind("Addon")}
    assert set(add_ons) == {
        "vpc-cni",
        "kube-proxy",
        "eks-pod-identity-agent",
        "coredns",
        "metrics-server",
        "aws-ebs-csi-driver",
    }
    serving = dev.one("NodeGroup", "cluster-nodes-serving")
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert dev.waits_for(serving, add_ons[name]), name
    for name in ("coredns", "metrics-server", "aws-ebs-csi-driver"):
        assert dev.waits_for(add_ons[name], serving), name
    assert cluster_of(dev).inputs["bootstrapSelfManagedAddons"] is False


def test_the_kubeconfig_holds_no_credential_but_how_to_get_one(dev: Recording) -> None:
    config = yaml.safe_load(dev.outputs["kubeconfig"])
    (user,) = config["users"]
    assert user["user"] == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "aws",
            "args": [
                *("--region", "eu-central-1", "eks", "get-token"),
                *("--cluster-name", "mlops-dev-cluster", "--output", "json"),
            ],
            "interactiveMode": "Never",
        }
    }
    (cluster,) = config["clusters"]
    assert cluster["cluster"] == {
        "server": "https://cluster.eks.test",
        "certificate-authority-data": "Y2VydGlmaWNhdGU=",
    }
    assert config["current-context"] == config["contexts"][0]["name"] == "mlops-dev-cluster"


def test_what_is_in_kubernetes_is_made_after_nodes_add_ons_and_administrators_and_goes_before_them(
    dev: Recording,
) -> None:
    provider = dev.one("kubernetes", "inside")
    for resource in dev.of_kind("NodeGroup", "Addon", "AccessEntry", "AccessPolicyAssociation"):
        assert dev.waits_for(provider, resource), resource.name


def test_everything_that_can_be_tagged_is(gpu: Recording) -> None:
    kinds = (
        "Cluster",
        "NodeGroup",
        "Addon",
        "AccessEntry",
        "LaunchTemplate",
        "Role",
        "LogGroup",
        "PodIdentityAssociation",
    )
    for kind in kinds:
        assert gpu.of_kind(kind), kind
    for resource in gpu.of_kind(*kinds):
        assert CLOUD.tags.items() <= resource.inputs["tags"].items(), resource.name
        assert resource.inputs["tags"]["durability"] == "disposable", resource.name
