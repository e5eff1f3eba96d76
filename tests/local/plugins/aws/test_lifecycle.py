"""Single resources through the plugin, without the engine: create, read, update, refresh, import, delete."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import NotReady, Refused, Trial

TOPIC, ROLE, ROLE_POLICY = "aws:sns/topic:Topic", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
BUCKET, VERSIONING, BUCKET_POLICY = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketPolicy:BucketPolicy",
)
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::somewhere/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_topic_lives_its_whole_life(trial: Trial) -> None:
    topic = trial.create(TOPIC, {"displayName": "Alarms", "tags": {"a": "1", "b": "2"}}, name="alarms")
    assert topic.outputs["name"].startswith("alarms-")
    assert topic.id == topic.outputs["arn"] == f"arn:aws:sns:eu-central-1:123456789012:{topic.outputs['name']}"
    trial.update(topic, {"displayName": "Alerts", "tags": {"b": "3"}})
    assert (topic.outputs["displayName"], topic.outputs["tagsAll"]) == ("Alerts", {"b": "3"})
    assert trial.diff(topic, {"displayName": "Alerts", "tags": {"b": "3"}}) == ([], [])
    trial.delete(topic)
    assert not trial.refresh(topic)


def test_a_deletion_of_what_is_gone_already_succeeds(trial: Trial) -> None:
    role = trial.create(ROLE, {"assumeRolePolicy": TRUST})
    trial.delete(role)
    trial.delete(role)


def test_a_change_behind_the_plugins_back_comes_into_the_inputs_on_refresh(trial: Trial) -> None:
    role = trial.create(ROLE, {"assumeRolePolicy": TRUST, "description": "ours"})
    assert trial.refresh(role)
    assert role.inputs["assumeRolePolicy"] == TRUST
    trial.client("iam").update_role(RoleName=role.id, Description="theirs")
    trial.client("iam").tag_role(RoleName=role.id, Tags=[{"Key": "by", "Value": "hand"}])
    trial.refresh(role)
    assert (role.inputs["description"], role.inputs["tags"]) == ("theirs", {"by": "hand"})
    assert trial.diff(role, {"assumeRolePolicy": TRUST, "description": "ours"}) == (["description", "tags"], [])


def test_a_policy_that_says_the_same_in_other_words_is_no_change(trial: Trial) -> None:
    role = trial.create(ROLE, {"assumeRolePolicy": TRUST})
    policy = trial.create(ROLE_POLICY, {"role": role.id, "policy": document("s3:GetObject")})
    spaced = json.dumps(json.loads(document("s3:GetObject")), indent=2)
    assert trial.diff(policy, {"role": role.id, "policy": spaced}) == ([], [])
    trial.update(policy, {"role": role.id, "policy": document("s3:PutObject")})
    assert json.loads(policy.outputs["policy"]) == json.loads(document("s3:PutObject"))
    assert trial.diff(policy, {"role": "another", "policy": document("s3:PutObject")}) == (["role"], ["role"])
    assert trial.imported(ROLE_POLICY, policy.id).inputs["role"] == role.id


def test_a_full_bucket_goes_only_when_the_program_allows_it(trial: Trial) -> None:
    bucket = trial.create(BUCKET, {"tags": {"Name": "kept"}})
    trial.create(VERSIONING, {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    trial.client("s3").put_object(Bucket=bucket.id, Key="model", Body=b"1")
    trial.client("s3").put_object(Bucket=bucket.id, Key="model", Body=b"2")
    with pytest.raises(Refused, match="BucketNotEmpty"):
        trial.delete(bucket)
    trial.update(bucket, {"tags": {"Name": "kept"}, "forceDestroy": True})
    trial.delete(bucket)
    with pytest.raises(ClientError, match="404"):
        trial.client("s3").head_bucket(Bucket=bucket.id)


def test_settings_of_a_bucket_are_resources_of_their_own(trial: Trial) -> None:
    bucket = trial.create(BUCKET, {"bucket": "settings-of-a-bucket"})
    enabled = {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}}
    versioning = trial.create(VERSIONING, enabled)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"{bucket.outputs['arn']}/*"}
    wanted = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = trial.create(BUCKET_POLICY, {"bucket": bucket.id, "policy": wanted})
    assert trial.diff(policy, {"bucket": bucket.id, "policy": wanted}) == ([], [])
    trial.delete(versioning)
    assert trial.client("s3").get_bucket_versioning(Bucket=bucket.id)["Status"] == "Suspended"
    trial.delete(policy)
    assert not trial.refresh(policy)


def test_a_log_group_keeps_its_lines_as_long_as_asked_and_for_ever_by_default(trial: Trial) -> None:
    group = trial.create(LOG_GROUP, {"name": "/trial/group", "retentionInDays": 7, "tags": {"a": "1"}})
    assert group.outputs["arn"] == "arn:aws:logs:eu-central-1:123456789012:log-group:/trial/group"
    trial.update(group, {"name": "/trial/group", "tags": {"a": "2"}})
    assert (group.outputs["retentionInDays"], group.outputs["tagsAll"]) == (0, {"a": "2"})
    trial.delete(group)


@pytest.mark.usefixtures("aws_environment")
def test_default_tags_are_on_everything_and_no_drift_of_the_resources_own() -> None:
    trial = Trial(defaultTags=json.dumps({"tags": {"project": "mlops"}}))
    topic = trial.create(TOPIC, {"tags": {"a": "1"}})
    assert (topic.outputs["tags"], topic.outputs["tagsAll"]) == ({"a": "1"}, {"a": "1", "project": "mlops"})
    trial.refresh(topic)
    assert topic.inputs["tags"] == {"a": "1"}
    other = Trial(defaultTags=json.dumps({"tags": {"project": "other"}}))
    assert other.diff(topic, {"tags": {"a": "1"}}) == (["tagsAll"], [])


def test_a_refused_call_names_the_resource_and_the_operation(trial: Trial) -> None:
    with pytest.raises(Refused, match=r"aws:iam/rolePolicy:RolePolicy: AWS refused PutRolePolicy: NoSuchEntity"):
        trial.create(ROLE_POLICY, {"role": "nobody", "policy": document("s3:GetObject")})


def test_a_creation_that_fails_half_way_stays_in_the_state_as_not_ready(trial: Trial) -> None:
    with pytest.raises(NotReady, match="PutBucketTagging: InvalidTag"):
        trial.create(BUCKET, {"bucket": "half-made", "tags": {"aws:reserved": "by AWS"}})
    half = trial.imported(BUCKET, "half-made")
    assert half.outputs["tagsAll"] == {}
    trial.delete(half)


def test_missing_credentials_are_told_in_one_line(
    aws_environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (name for name in aws_environment if "KEY" in name):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match=r"^No usable AWS credentials \(Unable to locate credentials\): set"):
        Trial()
