"""EKS through the plugin: clusters, nodes, add-ons and who may use them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import Refused, Resource, Trial

CLUSTER, NODES, ADD_ON = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ENTRY, POLICY = "aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ROLE = "arn:aws:iam::123456789012:role/somebody"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def cluster(name: str, **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "roleArn": "arn:aws:iam::123456789012:role/eks",
        "version": "1.35",
        "vpcConfig": {
            "subnetIds": ["subnet-1", "subnet-2"],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["198.51.100.0/24"],
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "deletionProtection": False,
        "enabledClusterLogTypes": ["api", "audit"],
        "encryptionConfig": {"provider": {"keyArn": "arn:aws:kms:eu-central-1:1:key/1"}, "resources": ["secrets"]},
        "upgradePolicy": {"supportType": "STANDARD"},
        "tags": {"Name": name},
        **other,
    }


def nodes(of: str, **other: Any) -> dict[str, Any]:
    return {
        "clusterName": of,
        "nodeRoleArn": ROLE,
        "subnetIds": ["subnet-1", "subnet-2"],
        "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 0},
        "updateConfig": {"maxUnavailable": 1},
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "SPOT",
        "instanceTypes": ["m7i.2xlarge", "m6i.2xlarge"],
        "labels": {"mlops/pool": "training"},
        "launchTemplate": {"id": "lt-1", "version": "1"},
        "taints": [{"key": "mlops/pool", "value": "training", "effect": "NO_SCHEDULE"}],
        "version": "1.35",
        "tags": {"Name": "training"},
        **other,
    }


def same(resource: Resource, wanted: dict[str, Any]) -> bool:
    """Whether the outputs hold everything that was asked for; AWS may say more."""
    return all(holds(resource.outputs[name], value) for name, value in wanted.items())


def holds(live: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(holds(live[name], value) for name, value in wanted.items())
    return bool(live == wanted)


@pytest.fixture
def running(trial: Trial, request: pytest.FixtureRequest) -> str:
    """The name of a cluster of the test's own."""
    return trial.create(CLUSTER, cluster(f"of-{abs(hash(request.node.name)) % 10**8}")).id


def test_a_cluster_comes_back_as_it_was_given_with_its_own_security_group(trial: Trial) -> None:
    wanted = cluster("round-trip")
    made = trial.create(CLUSTER, wanted)
    assert same(made, wanted)
    assert made.outputs["status"] == "ACTIVE"
    assert made.outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")
    assert made.outputs["identities"][0]["oidcs"][0]["issuer"].startswith("http")
    before = dict(made.outputs)
    assert trial.refresh(made)
    assert (made.inputs, made.outputs) == (wanted, before)
    trial.delete(made)
    assert not trial.refresh(made)


def test_a_clusters_api_server_is_the_one_that_stands_in(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_EKS_ENDPOINT", "https://10.0.0.1:6443")
    monkeypatch.setenv("MLOPS_EKS_CA", "Y2E=")
    made = trial.create(CLUSTER, cluster("stand-in"))
    assert made.outputs["endpoint"] == "https://10.0.0.1:6443"
    assert made.outputs["certificateAuthority"] == {"data": "Y2E="}
    trial.delete(made)


def test_a_protected_cluster_is_not_deleted(trial: Trial) -> None:
    made = trial.create(CLUSTER, cluster("protected", deletionProtection=True))
    with pytest.raises(Refused, match="protected is protected: set deletionProtection to false"):
        trial.delete(made)
    trial.update(made, cluster("protected"))
    trial.delete(made)


def test_a_change_of_a_cluster_is_recorded_and_no_difference_afterwards(trial: Trial) -> None:
    made = trial.create(CLUSTER, cluster("recorded"))
    closed = {"subnetIds": ["subnet-1", "subnet-2"], "endpointPrivateAccess": True, "endpointPublicAccess": False}
    wanted = cluster("recorded", version="1.36", enabledClusterLogTypes=["audit"], vpcConfig=closed)
    group = made.outputs["vpcConfig"]["clusterSecurityGroupId"]
    trial.update(made, wanted)
    trial.refresh(made)
    assert trial.diff(made, wanted) == ([], [])
    assert same(made, wanted)
    assert made.outputs["vpcConfig"]["clusterSecurityGroupId"] == group
    trial.delete(made)


def test_another_key_for_the_secrets_of_a_cluster_makes_another_cluster(trial: Trial) -> None:
    wanted = cluster("keys")
    made = trial.create(CLUSTER, {name: value for name, value in wanted.items() if name != "encryptionConfig"})
    trial.update(made, wanted)
    assert same(made, wanted)
    other = cluster("keys", encryptionConfig={"provider": {"keyArn": "arn:2"}, "resources": ["secrets"]})
    assert trial.diff(made, other) == (["encryptionConfig"], ["encryptionConfig.provider.keyArn"])
    trial.delete(made)


def test_all_of_several_tags_are_taken_away(trial: Trial) -> None:
    made = trial.create(CLUSTER, cluster("tagged", tags={"a": "1", "b": "2", "c": "3"}))
    trial.update(made, cluster("tagged", tags={"c": "4", "d": "5"}))
    assert made.outputs["tagsAll"] == {"c": "4", "d": "5"}
    trial.delete(made)


def test_a_node_group_comes_back_as_it_was_given(trial: Trial, running: str) -> None:
    made = trial.create(NODES, nodes(running), name="training")
    assert made.id == f"{running}:{made.outputs['nodeGroupName']}"
    assert made.outputs["nodeGroupName"].startswith("training-")
    assert same(made, nodes(running))
    assert made.outputs["resources"][0]["autoscalingGroups"][0]["name"].startswith("eks-training-")
    before = made.inputs, dict(made.outputs)
    assert trial.refresh(made)
    assert (made.inputs, made.outputs) == before
    trial.delete(made)
    assert not trial.refresh(made)


def test_another_size_of_a_node_group_is_recorded_and_another_machine_replaces_it(trial: Trial, running: str) -> None:
    made = trial.create(NODES, nodes(running))
    larger = nodes(running, scalingConfig={"minSize": 0, "maxSize": 9, "desiredSize": 2}, tags={"Name": "other"})
    trial.update(made, larger)
    trial.refresh(made)
    assert trial.diff(made, larger) == ([], [])
    assert made.outputs["tagsAll"] == {"Name": "other"}
    assert trial.diff(made, larger | {"instanceTypes": ["m7i.large"]})[1] != []
    template = {"id": "lt-1", "version": "2"}
    assert trial.diff(made, larger | {"launchTemplate": template}) == (["launchTemplate"], [])
    assert trial.diff(made, larger | {"launchTemplate": {"id": "lt-2", "version": "1"}})[1] == ["launchTemplate.id"]


def test_an_add_on_comes_back_as_it_was_given_and_is_configured_in_place(trial: Trial, running: str) -> None:
    wanted = {
        "clusterName": running,
        "addonName": "vpc-cni",
        "configurationValues": '{"enableNetworkPolicy": "true"}',
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "tags": {"Name": "vpc-cni"},
    }
    made = trial.create(ADD_ON, wanted)
    assert made.id == f"{running}:vpc-cni"
    assert same(made, wanted)
    assert trial.diff(made, wanted | {"configurationValues": '{"enableNetworkPolicy":"true"}'}) == ([], [])
    trial.update(made, wanted | {"configurationValues": "{}"})
    assert made.outputs["configurationValues"] == "{}"
    assert trial.refresh(made)
    assert made.inputs == wanted | {"configurationValues": "{}"}
    trial.delete(made)
    assert not trial.refresh(made)


def test_a_pods_identity_comes_back_as_it_was_given_and_takes_another_role_in_place(trial: Trial, running: str) -> None:
    wanted = {"clusterName": running, "namespace": "ml-platform", "serviceAccount": "mlflow", "roleArn": ROLE}
    made = trial.create(ASSOCIATION, wanted | {"tags": {"Name": "mlflow"}})
    assert made.id == made.outputs["associationId"]
    assert same(made, wanted)
    trial.update(made, wanted | {"roleArn": f"{ROLE}-else", "tags": {"Name": "other"}})
    assert (made.outputs["roleArn"], made.outputs["tagsAll"]) == (f"{ROLE}-else", {"Name": "other"})
    assert trial.refresh(made)
    assert trial.diff(made, wanted | {"namespace": "other", "roleArn": f"{ROLE}-else"})[1] == ["namespace"]
    found = trial.imported(ASSOCIATION, f"{running},{made.id}")
    assert (found.outputs["id"], found.inputs["serviceAccount"]) == (made.id, "mlflow")
    trial.delete(made)
    assert not trial.refresh(made)


def test_an_administrator_is_an_entry_with_a_policy(trial: Trial, running: str) -> None:
    wanted = {"clusterName": running, "principalArn": ROLE, "type": "STANDARD", "tags": {"Name": "admin"}}
    entry = trial.create(ENTRY, wanted)
    assert (entry.id, same(entry, wanted)) == (f"{running}:{ROLE}", True)
    rights = {
        "clusterName": running,
        "principalArn": ROLE,
        "policyArn": ADMIN,
        "accessScope": {"type": "cluster"},
    }
    policy = trial.create(POLICY, rights)
    assert policy.id == f"{running}#{ROLE}#{ADMIN}"
    assert same(policy, rights)
    for resource in (entry, policy):
        before = resource.inputs
        assert trial.refresh(resource)
        assert resource.inputs == before
    trial.update(entry, wanted | {"kubernetesGroups": ["viewers"]})
    assert entry.outputs["kubernetesGroups"] == ["viewers"]
    narrow = {"type": "namespace", "namespaces": ["ml-serving"]}
    assert trial.diff(policy, rights | {"accessScope": narrow})[1] != []
    for resource in (policy, entry):
        trial.delete(resource)
        assert not trial.refresh(resource)


def test_what_belongs_to_a_cluster_that_is_gone_is_gone_too(trial: Trial, running: str) -> None:
    group = trial.create(NODES, nodes(running))
    trial.client("eks").delete_cluster(name=running)
    assert not trial.refresh(group)
    trial.delete(group)
