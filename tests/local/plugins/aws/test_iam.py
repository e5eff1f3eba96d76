"""Attachments of policies through the plugin, without the engine. (Roles and their own policies: `test_lifecycle`.)"""

from __future__ import annotations

import json

import pytest

from tests.support.aws import Refused, Trial

ROLE, ATTACHMENT = "aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED = "arn:aws:iam::aws:policy"
STATEMENT = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


@pytest.mark.parametrize(
    "policy",
    [
        "AmazonEBSCSIDriverEKSClusterScopedPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSClusterPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
    ],
)
def test_policies_of_aws_that_the_stacks_use_are_attached_to_a_role(trial: Trial, policy: str) -> None:
    role = trial.create(ROLE, {"assumeRolePolicy": TRUST})
    wanted = {"role": role.id, "policyArn": f"{MANAGED}/{policy}"}
    attachment = trial.create(ATTACHMENT, wanted)
    assert trial.refresh(attachment)
    assert trial.diff(attachment, wanted) == ([], [])
    assert trial.diff(attachment, {**wanted, "role": "another"})[1] == ["role"]
    assert trial.imported(ATTACHMENT, attachment.id).inputs == wanted
    trial.delete(attachment)
    trial.delete(attachment)
    assert not trial.refresh(attachment)
    trial.delete(role)


def test_a_policy_that_aws_has_not_is_refused(trial: Trial) -> None:
    role = trial.create(ROLE, {"assumeRolePolicy": TRUST})
    with pytest.raises(Refused, match="AttachRolePolicy: NoSuchEntity"):
        trial.create(ATTACHMENT, {"role": role.id, "policyArn": f"{MANAGED}/NoSuchPolicy"})
