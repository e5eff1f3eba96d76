"""Who may use the cluster: principals of the emulated AWS, with the tokens of the real `aws eks get-token`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster
from local.aws.eks.webhook import review
from local.aws.emulators import Emulators
from local.aws.routes import ACCOUNT, REGION

pytestmark = pytest.mark.engine
AWS = Path(sys.executable).with_name("aws")
SECRETS = {"AKIATEST": "secret"}


def kubeconfig(eks: EksCluster, cluster: str = "mlops-test", key: str = "AKIATEST") -> str:
    """As the stack writes it for an EKS cluster, and as the tests' principal."""
    said = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": SECRETS.get(key, "guessed")}
    login = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": str(AWS),
        "args": ["eks", "get-token", "--cluster-name", cluster, "--region", REGION],
        "env": [{"name": name, "value": value} for name, value in said.items()],
    }
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "eks",
        "clusters": [{"name": "eks", "cluster": {
            "server": eks.environment["MLOPS_EKS_ENDPOINT"],
            "certificate-authority-data": eks.environment["MLOPS_EKS_CA"],
        }}],
        "users": [{"name": "eks", "user": {"exec": login}}],
        "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
    })  # fmt: skip


def kubectl(eks: EksCluster, tmp_path: Path, config: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "kubeconfig"
    file.write_text(config)
    command = [str(eks.toolchain / "kubernetes"), "kubectl", f"--kubeconfig={file}", *arguments]
    return subprocess.run(command, text=True, capture_output=True)


def test_a_principal_with_a_token_for_this_cluster_administers_it(eks: EksCluster, tmp_path: Path) -> None:
    told = kubectl(eks, tmp_path, kubeconfig(eks), "auth", "whoami", "--output=json")
    assert json.loads(told.stdout)["status"]["userInfo"]["groups"] == ["system:masters", "system:authenticated"]
    assert kubectl(eks, tmp_path, kubeconfig(eks), "auth", "can-i", "*", "*").stdout == "yes\n"


@pytest.mark.parametrize("wrong", [{"cluster": "mlops-other"}, {"key": "AKIAUNKNOWN"}], ids=["cluster", "key"])
def test_another_cluster_s_token_and_a_stranger_s_are_refused(
    eks: EksCluster, tmp_path: Path, wrong: dict[str, str]
) -> None:
    refused = kubectl(eks, tmp_path, kubeconfig(eks, **wrong), "get", "namespaces")
    assert "You must be logged in to the server" in refused.stderr


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of an emulated AWS with the cluster `mlops-test`, whose creator is no administrator."""
    with Emulators(tmp_path_factory.mktemp("aws")) as environment:
        client(environment, "eks").create_cluster(
            name="mlops-test",
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
            resourcesVpcConfig={"subnetIds": ["subnet-1"]},
            accessConfig={"bootstrapClusterCreatorAdminPermissions": False},
        )
        yield environment


def client(environment: Mapping[str, str], service: str) -> Any:
    endpoint = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}", environment["AWS_ENDPOINT_URL"])
    return boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
        service, region_name=REGION, endpoint_url=endpoint,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


def ask(aws: Mapping[str, str], cluster: str = "mlops-test") -> dict[str, Any]:
    """The answer of the webhook to a token made in this environment."""
    access = Access(cluster, REGION, {"sts": aws["AWS_ENDPOINT_URL"], "eks": aws["AWS_ENDPOINT_URL_EKS"]})
    line = [str(AWS), "eks", "get-token", "--cluster-name", cluster, "--region", REGION, "--output", "json"]
    told = subprocess.run(line, env=os.environ | aws, capture_output=True, text=True, check=True)
    secrets = {aws["AWS_ACCESS_KEY_ID"]: aws["AWS_SECRET_ACCESS_KEY"]}
    return review(json.loads(told.stdout)["status"]["token"], access, secrets, datetime.now(UTC))


def test_only_an_access_entry_lets_a_principal_in_and_only_its_policy_makes_an_administrator(
    aws: Mapping[str, str],
) -> None:
    eks, key = client(aws, "eks"), aws["AWS_ACCESS_KEY_ID"]
    refused = {"authenticated": False, "error": f"{key} has no access entry in the cluster 'mlops-test'"}
    assert ask(aws) == refused

    caller = client(aws, "sts").get_caller_identity()["Arn"]
    eks.create_access_entry(clusterName="mlops-test", principalArn=caller, kubernetesGroups=["readers"])
    user = {"username": caller, "uid": key, "groups": ["readers"]}
    assert ask(aws) == {"authenticated": True, "user": user}

    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    entry = {"clusterName": "mlops-test", "principalArn": caller}
    eks.associate_access_policy(**entry, policyArn=policy, accessScope={"type": "cluster"})
    assert ask(aws)["user"]["groups"] == ["readers", "system:masters"]

    eks.delete_access_entry(**entry)
    assert ask(aws) == refused


def test_a_session_of_a_role_is_the_role(aws: Mapping[str, str]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    client(aws, "eks").create_access_entry(clusterName="mlops-test", principalArn=role)
    session = client(aws, "sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    names = {"ACCESS_KEY_ID": "AccessKeyId", "SECRET_ACCESS_KEY": "SecretAccessKey", "SESSION_TOKEN": "SessionToken"}
    assumed = {**aws, **{f"AWS_{ours}": session[theirs] for ours, theirs in names.items()}}
    assert ask(assumed)["user"]["username"] == role


def test_a_cluster_that_the_emulated_eks_does_not_have_lets_nobody_in(aws: Mapping[str, str]) -> None:
    assert not ask(aws, "mlops-gone")["authenticated"]


def test_an_aws_that_does_not_answer_is_told(aws: Mapping[str, str]) -> None:
    gone = {**aws, "AWS_ENDPOINT_URL_EKS": "http://127.0.0.1:1"}
    assert "the emulated AWS did not tell who emulated is" in ask(gone)["error"]
