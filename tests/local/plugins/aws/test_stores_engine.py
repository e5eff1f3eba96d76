"""Buckets with copies in a second region, a database and a cluster under the real engine on the emulators."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3
import pytest

from tests.local.plugins.stack import ROOT, Stack

pytestmark = pytest.mark.engine

ENDPOINT, AUTHORITY = "https://10.0.0.1:6443", base64.b64encode(b"an authority").decode()

PROGRAM = f"""
import sys

import pulumi

sys.path.insert(0, {str(ROOT)!r})

from infra.cluster.eks import EksCluster, EksClusterArgs
from infra.database.rds import RdsDatabase, RdsDatabaseArgs
from infra.foundation.cloud import Cloud
from infra.foundation.durability import Durability
from infra.storage.s3 import S3Storage, S3StorageArgs
from tests.support.settings import aws_settings

ground = pulumi.Config().require_object("ground")
settings = aws_settings("dev")
cloud = Cloud("123456789012", "eu-central-1", "mlops-dev", Durability(ground["durability"]), {{"owner": "us"}})
key, subnets, group = ground["key"], ground["subnets"], ground["group"]
buckets = settings.storage.model_copy(update={{"replica_region": "eu-west-1"}})
storage = S3Storage("storage", S3StorageArgs(cloud, buckets, key))
topics = {{severity: ground["topic"] for severity in ("P0", "P1", "P2", "P3")}}
database = RdsDatabase("database", RdsDatabaseArgs(cloud, settings.database, subnets, group, key, key, topics))
cluster = EksCluster("eks", EksClusterArgs(cloud, settings.cluster, subnets, group, key, key, key))
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("host", database.host)
pulumi.export("secret", database.master_secret)
"""


def ground() -> dict[str, Any]:
    """What other domains make."""
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{number}.0/24", AvailabilityZone=f"eu-central-1{zone}")
        for number, zone in enumerate("ab")
    ]
    return {
        "subnets": [subnet["Subnet"]["SubnetId"] for subnet in subnets],
        "group": ec2.create_security_group(GroupName="all", Description="all", VpcId=vpc)["GroupId"],
        "key": boto3.client("kms").create_key()["KeyMetadata"]["Arn"],
        "topic": boto3.client("sns").create_topic(Name="alarms")["TopicArn"],
    }


@pytest.fixture
def stack(aws_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MLOPS_EKS_ENDPOINT", ENDPOINT)
    monkeypatch.setenv("MLOPS_EKS_CA", AUTHORITY)
    aws_stack.write(PROGRAM)
    aws_stack.configure("ground", json.dumps({**ground(), "durability": "disposable"}))
    return aws_stack


def test_stores_and_a_cluster_stand_change_nothing_when_nothing_changes_and_go_whole(stack: Stack) -> None:
    outputs = stack.up()
    assert f"server: {ENDPOINT}" in outputs["kubeconfig"]
    assert f"certificate-authority-data: {AUTHORITY}" in outputs["kubeconfig"]
    assert stack.changes() == {}
    refreshed = stack.pulumi("refresh", "--yes", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert stack.changes() == {}
    places = {
        bucket["Name"]: boto3.client("s3").get_bucket_location(Bucket=bucket["Name"])["LocationConstraint"]
        for bucket in boto3.client("s3").list_buckets()["Buckets"]
        if bucket["Name"].startswith("mlops-dev-")
    }
    assert {place for name, place in places.items() if name.endswith("-replica")} == {"eu-west-1"}
    assert {place for name, place in places.items() if not name.endswith("-replica")} == {"eu-central-1"}
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    assert [bucket for bucket in boto3.client("s3").list_buckets()["Buckets"] if bucket["Name"] in places] == []
    assert boto3.client("rds").describe_db_instances()["DBInstances"] == []
    assert boto3.client("eks").list_clusters()["clusters"] == []
