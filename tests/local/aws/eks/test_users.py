"""Who may use the cluster: principals of the emulated AWS, with the tokens of the real `aws eks get-token`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import EksCluster
from local.aws.eks.webhook import review
from local.cluster.wait import until

pytestmark = pytest.mark.engine
AWS = Path(sys.executable).with_name("aws")
SECRETS = {"AKIATEST": "secret", "test": "test"}
REGION = "eu-central-1"


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
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an emulated AWS that knows access entries."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("aws")
    environment = os.environ | {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    command = [sys.executable, "-m", "ministack"]
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as run,
    ):
        url = f"http://127.0.0.1:{port}"
        until("the emulator", lambda: run.poll() is not None or answers(port), why_not=(folder / "log").read_text)
        yield url
        run.terminate()


def answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def test_the_creator_of_the_emulated_cluster_administers_it_until_the_entry_is_gone(emulator: str) -> None:
    known: dict[str, Any] = {"region_name": REGION, "endpoint_url": emulator}
    known |= {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    eks = boto3.client("eks", **known)
    role = "arn:aws:iam::000000000000:role/cluster"
    eks.create_cluster(name="mlops-test", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    access = Access("mlops-test", REGION, {"sts": emulator, "eks": emulator})

    def ask() -> dict[str, Any]:
        line = [str(AWS), "eks", "get-token", "--cluster-name", "mlops-test", "--region", REGION]
        secret = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": emulator}
        told = subprocess.run(line, env=os.environ | secret, capture_output=True, text=True, check=True)
        return review(json.loads(told.stdout)["status"]["token"], access, SECRETS, datetime.now(UTC))

    creator = "arn:aws:iam::000000000000:root"
    user = {"username": creator, "uid": "test", "groups": ["system:masters"]}
    assert ask() == {"authenticated": True, "user": user}
    eks.delete_access_entry(clusterName="mlops-test", principalArn=creator)
    assert ask() == {"authenticated": False, "error": "test has no access entry in the cluster 'mlops-test'"}
    eks.create_access_entry(clusterName="mlops-test", principalArn=creator, kubernetesGroups=["readers"])
    assert ask()["user"]["groups"] == ["readers"]
