"""Secrets and their versions through the plugin."""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2

from local.plugins.aws.servicer import AwsProvider
from local.plugins.engine import EngineLog
from local.plugins.values import decode, encode
from tests.support.aws import Resource, Trial

SECRET, VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"


def secret(trial: Trial, name: str, **other: object) -> Resource:
    return trial.create(SECRET, {"name": name, "recoveryWindowInDays": 0, **other})


def test_a_secret_lives_its_whole_life(trial: Trial) -> None:
    made = secret(trial, "mlops/login", description="ours", tags={"a": "1", "b": "2"})
    assert made.id == made.outputs["arn"]
    trial.update(made, {"name": "mlops/login", "recoveryWindowInDays": 0, "description": "theirs", "tags": {"b": "3"}})
    assert (made.outputs["description"], made.outputs["tagsAll"]) == ("theirs", {"b": "3"})
    before = made.inputs
    assert trial.refresh(made)
    assert made.inputs == before
    trial.delete(made)
    assert not trial.refresh(made)
    trial.delete(secret(trial, "mlops/login"))


def test_a_secret_that_can_be_recovered_is_gone_all_the_same(trial: Trial) -> None:
    made = trial.create(SECRET, {"recoveryWindowInDays": 7}, name="kept")
    trial.delete(made)
    assert not trial.refresh(made)
    assert "DeletedDate" in trial.client("secretsmanager").describe_secret(SecretId=made.id)


def test_another_text_is_another_version_and_the_one_before_loses_its_stages(trial: Trial) -> None:
    holder = secret(trial, "mlops/versions")
    first = trial.create(VERSION, {"secretId": holder.id, "secretString": "one"})
    assert (first.outputs["secretString"], first.outputs["versionStages"]) == ("one", ["AWSCURRENT"])
    assert trial.refresh(first)
    assert first.inputs == {"secretId": holder.id, "secretString": "one"}
    assert trial.diff(first, first.inputs | {"secretString": "two"}) == (["secretString"], ["secretString"])
    second = trial.create(VERSION, {"secretId": holder.id, "secretString": "two"})
    trial.delete(first)
    stages = trial.client("secretsmanager").describe_secret(SecretId=holder.id)["VersionIdsToStages"]
    assert stages[second.outputs["versionId"]] == ["AWSCURRENT"]
    assert "AWSPREVIOUS" not in json.dumps(stages)
    trial.delete(second)
    trial.delete(holder)


@pytest.mark.usefixtures("aws_environment")
def test_what_a_secret_holds_is_always_encrypted_in_the_state() -> None:
    plugin = AwsProvider(EngineLog(""))
    urn = Resource(VERSION, "t", "", {}, {}).urn
    inputs = encode({"secretId": "a", "secretString": "hidden"})
    checked = plugin.Check(provider_pb2.CheckRequest(urn=urn, news=inputs), None)
    assert decode(checked.inputs).secrets == {("secretString",)}
