"""Nested properties to an API's parameters and back."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from pulumi_aws import eks

from local.plugins.aws.schema import inputs_of
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.errors import PluginError

WANTED = {
    "name": "mlops",
    "vpcConfig": {"subnetIds": ["subnet-1"], "endpointPrivateAccess": True},
    "tags": {"costCentre": "ml"},
}
SENT = {
    "name": "mlops",
    "resourcesVpcConfig": {"subnetIds": ["subnet-1"], "endpointPrivateAccess": True},
    "tags": {"costCentre": "ml"},
}


@pytest.fixture
def client() -> Any:
    return boto3.client("eks", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")


def test_properties_become_parameters_and_free_keys_stay(client: Any) -> None:
    assert to_api(client, "create_cluster", WANTED, vpcConfig="resourcesVpcConfig") == SENT


def test_an_answer_becomes_properties_and_what_the_sdk_has_not_is_left_out() -> None:
    answer = {**SENT, "resourcesVpcConfig": {**SENT["resourcesVpcConfig"], "vpcId": "vpc-1"}, "health": {}}  # type: ignore[dict-item]  # a dict of mixed values
    shown = from_api(inputs_of(eks.Cluster), answer, vpcConfig="resourcesVpcConfig")
    assert {name: shown[name] for name in ("name", "tags")} == {"name": "mlops", "tags": {"costCentre": "ml"}}
    assert shown["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert "health" not in shown


def test_a_property_without_a_place_is_an_error_that_lists_the_places(client: Any) -> None:
    with pytest.raises(PluginError, match="create_cluster has no place for vpcConfig; it has: accessConfig, "):
        to_api(client, "create_cluster", WANTED)
