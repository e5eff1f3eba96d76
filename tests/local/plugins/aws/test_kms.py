"""KMS through the plugin, without the engine."""

from __future__ import annotations

import json

import pytest

from tests.support.aws import Refused, Trial

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"


def policy(sid: str) -> str:
    principal = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_key_lives_until_its_deletion_is_scheduled(trial: Trial) -> None:
    wanted = {"description": "logs", "enableKeyRotation": True, "deletionWindowInDays": 7, "policy": policy("Account")}
    key = trial.create(KEY, {**wanted, "tags": {"a": "1"}})
    assert key.outputs["arn"] == f"arn:aws:kms:eu-central-1:123456789012:key/{key.id}"
    assert trial.client("kms").get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]
    assert trial.refresh(key)
    assert trial.diff(key, {**wanted, "tags": {"a": "1"}}) == ([], [])
    trial.update(
        key,
        {"description": "all logs", "deletionWindowInDays": 7, "policy": policy("Root"), "tags": {"b": "2"}},
    )
    assert (key.outputs["description"], key.outputs["enableKeyRotation"]) == ("all logs", False)
    assert (json.loads(key.outputs["policy"])["Statement"][0]["Sid"], key.outputs["tagsAll"]) == ("Root", {"b": "2"})
    trial.delete(key)
    state = trial.client("kms").describe_key(KeyId=key.id)["KeyMetadata"]
    assert state["KeyState"] == "PendingDeletion"
    assert (state["DeletionDate"] - state["CreationDate"]).days == 7
    trial.delete(key)
    assert not trial.refresh(key)


def test_an_alias_leads_to_another_key_in_place(trial: Trial) -> None:
    first, second = trial.create(KEY, {}), trial.create(KEY, {})
    alias = trial.create(ALIAS, {"name": "alias/trial-logs", "targetKeyId": first.id})
    assert alias.outputs["targetKeyArn"] == first.outputs["arn"]
    trial.update(alias, {"name": "alias/trial-logs", "targetKeyId": second.outputs["arn"]})
    assert trial.refresh(alias)
    assert trial.diff(alias, {"name": "alias/trial-logs", "targetKeyId": second.outputs["arn"]}) == ([], [])
    assert trial.imported(ALIAS, "alias/trial-logs").inputs["targetKeyId"] == second.id
    assert trial.diff(alias, {"name": "alias/trial-other", "targetKeyId": second.id})[1] == ["name"]
    trial.delete(alias)
    assert not trial.refresh(alias)


def test_a_name_of_an_alias_says_that_it_is_one(trial: Trial) -> None:
    with pytest.raises(Refused, match="name is 'logs'; it has to begin with alias/"):
        trial.create(ALIAS, {"name": "logs", "targetKeyId": "x"})
