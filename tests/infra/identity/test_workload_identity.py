"""Claims about who a pod is to AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.foundation.policy_document import Statement
from infra.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from tests.support.recording import Recording, record

CLOUD = Cloud("111122223333", "eu-central-1", "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
READ = Statement("Read", ["s3:GetObject"], ["arn:aws:s3:::artifacts/*"])
ready: list[Any] = []


def program() -> None:
    identity = WorkloadIdentity("tracking", WorkloadIdentityArgs(CLOUD, "mlops-dev-cluster", "ml-platform", "mlflow"))
    before = identity.ready
    identity.grant("storage", [READ])
    ready[:] = [before, identity.ready]


@pytest.fixture(scope="module")
def recorded() -> Recording:
    return record(program)


def test_only_pods_of_one_service_account_in_one_cluster_become_the_role(recorded: Recording) -> None:
    (statement,) = json.loads(recorded.one("Role", "tracking-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Sid": "Assume",
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": "111122223333",
                "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:111122223333:cluster/mlops-dev-cluster",
                "aws:RequestTag/kubernetes-namespace": "ml-platform",
                "aws:RequestTag/kubernetes-service-account": "mlflow",
            }
        },
    }


def test_the_service_account_is_tied_to_the_role(recorded: Recording) -> None:
    inputs = recorded.one("PodIdentityAssociation", "tracking-association").inputs
    assert (inputs["clusterName"], inputs["namespace"], inputs["serviceAccount"], inputs["roleArn"]) == (
        "mlops-dev-cluster",
        "ml-platform",
        "mlflow",
        "arn:aws:aws:iam/role:Role:tracking-role",
    )


def test_a_new_identity_may_do_nothing_and_each_grant_is_a_policy_of_its_own(recorded: Recording) -> None:
    (policy,) = recorded.of_kind("RolePolicy")
    assert policy.name == "tracking-storage"
    assert json.loads(policy.inputs["policy"])["Statement"] == [READ.document()]
    assert recorded.names("RolePolicyAttachment") == []


@pytest.mark.usefixtures("recorded")
def test_pods_can_wait_for_the_association_and_for_every_grant() -> None:
    assert [[type(each).__name__ for each in state] for state in ready] == [
        ["PodIdentityAssociation"],
        ["PodIdentityAssociation", "RolePolicy"],
    ]


def test_both_are_tagged(recorded: Recording) -> None:
    for resource in recorded.of_kind("Role", "PodIdentityAssociation"):
        assert resource.inputs["tags"] == CLOUD.tagged("tracking"), resource.name


def test_software_of_aws_gets_the_policy_that_aws_keeps_for_it() -> None:
    def attached() -> None:
        identity = WorkloadIdentity("network", WorkloadIdentityArgs(CLOUD, "cluster", "kube-system", "aws-node"))
        identity.attach("AmazonEKS_CNI_Policy")

    (attachment,) = record(attached).of_kind("RolePolicyAttachment")
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
