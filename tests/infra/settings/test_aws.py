"""Claims about which settings of an AWS stack are refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from infra.settings.load import check, parse
from infra.settings.refusal import SettingsRefusedError
from tests.support.settings import aws_settings, raw

SMALL = {"cpu": "1", "memory": "1Gi", "cpuLimit": "1", "memoryLimit": "1Gi"}


def refused(stack: str, **changes: Any) -> str:
    given = raw(stack)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = given
        for parent in parents:
            node = node.setdefault(parent, {})
        if value is None:
            del node[last]
        else:
            node[last] = value
    with pytest.raises(SettingsRefusedError) as caught:
        parse(stack, given)
    return str(caught.value)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_committed_files_are_accepted_without_engine_or_network(stack: str) -> None:
    committed = {f"mlops:{key}": value for key, value in raw(stack).items() if key not in ("images", "secrets")}

    check(committed, stack)
    assert aws_settings(stack).aws.region == "eu-central-1"


def test_dev_and_prod_differ_by_values_only() -> None:
    dev, prod = raw("dev"), raw("prod")

    assert set(prod) - set(dev) == {"functions"}
    assert set(dev) - set(prod) == set()
    assert type(aws_settings("dev")) is type(aws_settings("prod"))


ONE_ZONE = ["eu-central-1a"]
TWO_ZONES = ["eu-central-1a", "eu-central-1b"]


@pytest.mark.parametrize(
    ("stack", "changes", "key", "given", "rule"),
    [
        (
            "prod",
            {"network__reserved": ["10.50.128.0/17"]},
            "network.cidr",
            "10.50.0.0/16",
            "does not overlap 10.50.128.0/17",
        ),
        ("prod", {"network__cidr": "10.50.0.0/24"}, "network.cidr", "10.50.0.0/24", "between /16"),
        ("prod", {"network__cidr": "8.8.0.0/16"}, "network.cidr", "8.8.0.0/16", "10.0.0.0/8"),
        ("prod", {"network__cidr": "10.50.0.1/16"}, "network.cidr", "'10.50.0.1/16'", "host bits set"),
        ("prod", {"network__zones": ONE_ZONE}, "network.zones", "['eu-central-1a']", "at least 2 items"),
        ("prod", {"network__zones": TWO_ZONES}, "network.zones", "eu-central-1a, eu-central-1b", "3 zones or more"),
        (
            "dev",
            {"network__zones": ["eu-west-1a", "eu-central-1b"]},
            "network.zones",
            "eu-west-1a",
            "zones of aws.region",
        ),
        ("dev", {"network__zones": ONE_ZONE * 2}, "network.zones", "eu-central-1a, eu-central-1a", "each zone once"),
        ("dev", {"aws__region": "eu-central-9"}, "aws.region", "'eu-central-9'", "one of ap-northeast-1"),
        ("dev", {"aws__account": "12345"}, "aws.account", "'12345'", "pattern"),
        ("dev", {"database__backupDays": 36}, "database.backupDays", "36", "less than or equal to 35"),
        ("dev", {"database__backupDays": 6}, "database.backupDays", "6", "greater than or equal to 7"),
        ("prod", {"database__backupDays": 14}, "database.backupDays", "14", "30 or more, because durability is 'kept'"),
        ("dev", {"database__maxStorage": 54}, "database.maxStorage", "54", "at least a tenth more"),
        ("dev", {"database__instanceClass": "db.x.large"}, "database.instanceClass", "db.x.large", "choose one"),
        ("dev", {"database__instanceClass": "db.t4g.micro"}, "database.maxConnections", "200", "at most 112"),
        ("dev", {"endpoints__certificate": None}, "endpoints.certificate", "nothing", "this setting is required"),
        (
            "dev",
            {"endpoints__certificate": "arn:aws:acm:us-east-1:123456789012:certificate/x"},
            "endpoints.certificate",
            "arn:aws:acm:us-east-1:123456789012:certificate/x",
            "a certificate of ACM in aws.region",
        ),
        ("prod", {"storage__replicaRegion": "eu-central-1"}, "storage.replicaRegion", "eu-central-1", "another region"),
        ("prod", {"storage__buckets__backups": "a" * 60}, "storage.buckets.backups", "a" * 60, "at most 55 characters"),
        ("dev", {"storage__buckets__features": "a.b.c"}, "storage.buckets.features", "a.b.c", "without dots"),
        (
            "prod",
            {"cluster__privateAccess": ["10.50.9.0/24"]},
            "cluster.privateAccess",
            "10.50.9.0/24",
            "outside network.cidr",
        ),
        ("prod", {"endpoints__clients": ["0.0.0.0/0"]}, "endpoints.clients", "0.0.0.0/0", "known clients"),
        ("prod", {"cluster__privateAccess": []}, "cluster.privateAccess", "nothing", "whoever runs updates"),
        (
            "dev",
            {"cluster__publicAccess": ["0.0.0.0/0"]},
            "cluster.publicAccess",
            "0.0.0.0/0",
            "ranges of known clients",
        ),
        ("dev", {"cluster__nodes__serving__capacity": "spot"}, "cluster.nodes.serving.capacity", "spot", "onDemand"),
        (
            "dev",
            {"cluster__nodes__training__minNodes": 9},
            "cluster.nodes.training.minNodes",
            "9",
            "at most cluster.nodes",
        ),
        ("dev", {"observability__kind": "own"}, "observability.kind", "'own'", "'bundled', 'operator', 'managed'"),
        ("dev", {"observability__kind": None}, "observability.kind", "nothing", "this setting is required"),
        ("dev", {"observability__prometheus__retention": "x"}, "observability.prometheus.retention", "'x'", "pattern"),
        (
            "dev",
            {"sagemaker__instanceType": "ml.m6gd.large"},
            "sagemaker.instanceType",
            "'ml.m6gd.large'",
            "without disks",
        ),
        ("dev", {"sagemaker__minInstances": 9}, "sagemaker.minInstances", "9", "at most sagemaker.maxInstances"),
        (
            "dev",
            {"database__login": "password"},
            "secrets.databaseTrackingPassword",
            "nothing",
            "database.login is 'password'",
        ),
        ("dev", {"network__flowLogDays": 100}, "network.flowLogDays", "100", "90"),
        (
            "local",
            {
                "observability": {"kind": "managed", "kubeStateMetrics": SMALL, "pushgateway": SMALL},
            },
            "observability.kind",
            "managed",
            "only AWS",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_key_value_and_rule(
    stack: str, changes: dict[str, Any], key: str, given: str, rule: str
) -> None:
    message = refused(stack, **changes)

    problem = message.partition(f"  mlops:{key}\n")[2].partition("  mlops:")[0]
    assert f"given:   {given}\n" in problem, message
    assert rule in problem, message


def test_settings_of_both_sites_at_once_are_refused() -> None:
    assert "mlops:nodePorts\n    given:   an unknown key" in refused("dev", nodePorts={"tracking": 30500})
