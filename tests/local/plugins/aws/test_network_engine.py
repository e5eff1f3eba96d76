"""The network, the keys and the registry of a stack under the real engine on the emulators."""

from __future__ import annotations

import boto3
import pytest

from tests.local.plugins.stack import ROOT, Stack

pytestmark = pytest.mark.engine

PROGRAM = f"""
import sys

import pulumi

sys.path.insert(0, {str(ROOT)!r})

from infra.encryption.keys import Keys, KeysArgs
from infra.foundation.cloud import Cloud
from infra.foundation.durability import Durability
from infra.network.network import Network, NetworkArgs
from infra.settings.network import NetworkSettings
from infra.storage.registry import Registry, RegistryArgs

cloud = Cloud("123456789012", "eu-central-1", "trial", Durability.DISPOSABLE, {{"owner": "us"}})
zones = ("eu-central-1a", "eu-central-1b", "eu-central-1c")[: pulumi.Config().get_int("zones") or 2]
keys = Keys("keys", KeysArgs(cloud))
settings = NetworkSettings.model_validate({{"cidr": "10.40.0.0/16", "zones": zones, "nat": "single"}})
network = Network("network", NetworkArgs(cloud, settings, keys.logs.arn))
Registry("images", RegistryArgs(cloud, keys.storage.arn))
pulumi.export("vpc", network.vpc_id)
pulumi.export("groups", dict(network.groups))
pulumi.export("key", keys.storage.key_id)
"""


@pytest.fixture
def stack(aws_stack: Stack) -> Stack:
    aws_stack.write(PROGRAM)
    return aws_stack


def test_a_network_grows_in_place_changes_nothing_when_nothing_changes_and_goes_whole(stack: Stack) -> None:
    before = stack.up()
    assert stack.changes() == {}
    stack.configure("zones", "3")
    assert set(stack.changes()) == {"create", "update"}
    assert stack.up() == before
    refreshed = stack.pulumi("refresh", "--yes", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert stack.changes() == {}
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    assert before["vpc"] not in [vpc["VpcId"] for vpc in boto3.client("ec2").describe_vpcs()["Vpcs"]]
    key = boto3.client("kms").describe_key(KeyId=before["key"])["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
