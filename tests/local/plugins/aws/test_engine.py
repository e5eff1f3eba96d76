"""The plugin under the real engine on the emulators: what users see of create, change, replace, refresh, destroy."""

from __future__ import annotations

import boto3
import pytest

from tests.local.plugins.stack import Stack

pytestmark = pytest.mark.engine

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
bucket = aws.s3.Bucket("models", bucket=config.get("bucket"), force_destroy=True, tags={"Name": "models"})
aws.s3.BucketVersioning("models", bucket=bucket.id,
    versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"))
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = aws.iam.Role("reader", assume_role_policy=json.dumps(trust), description=config.get("description") or "reads")
reads = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket.arn.apply(lambda arn: f"{arn}/*")}]})
aws.iam.RolePolicy("reader", role=role.id, policy=reads)
aws.s3.BucketPolicy("models", bucket=bucket.id, policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": "s3:GetObject",
     "Resource": bucket.arn.apply(lambda arn: f"{arn}/*")}]}))
topic = aws.sns.Topic("alarms", display_name=config.get_secret("title"))
group = aws.cloudwatch.LogGroup("predictions", retention_in_days=config.get_int("days") or 7)
for name, value in (("bucket", bucket.id), ("role", role.name), ("topic", topic.arn), ("group", group.name)):
    pulumi.export(name, value)
"""


@pytest.fixture
def stack(aws_stack: Stack) -> Stack:
    aws_stack.write(PROGRAM)
    return aws_stack


def test_a_second_up_changes_nothing_and_a_destroy_leaves_nothing(stack: Stack) -> None:
    outputs = stack.up()
    assert outputs["bucket"].startswith("models-")
    assert stack.changes() == {}
    refreshed = stack.pulumi("refresh", "--yes")
    assert refreshed.code == 0, refreshed.text
    assert stack.changes() == {}
    destroyed = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    left = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert outputs["bucket"] not in left


def test_a_change_is_made_in_place_and_a_given_name_goes_before_its_replacement(stack: Stack) -> None:
    before = stack.up()
    stack.configure("days", "30")
    assert stack.changes() == {"update": 1}
    assert stack.up() == before
    stack.configure("bucket", "models-by-name")
    assert stack.changes()["replace"] == 3
    after = stack.up()
    assert (after["bucket"], after["role"]) == ("models-by-name", before["role"])
    assert stack.changes() == {}


def test_a_refresh_shows_what_others_changed_and_forgets_what_they_deleted(stack: Stack) -> None:
    outputs = stack.up()
    boto3.client("iam").update_role(RoleName=outputs["role"], Description="edited by hand")
    boto3.client("sns").delete_topic(TopicArn=outputs["topic"])
    shown = stack.pulumi("refresh", "--yes", "--diff").text
    assert '"reads" => "edited by hand"' in shown
    assert stack.changes() == {"create": 1, "update": 1}
    assert stack.up()["topic"] != ""
    assert boto3.client("iam").get_role(RoleName=outputs["role"])["Role"]["Description"] == "reads"


def test_a_secret_input_is_never_in_the_state_in_plain_text(stack: Stack) -> None:
    stack.configure("title", "of the secret society", secret=True)
    topic = stack.up()["topic"]
    assert (
        boto3.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "of the secret society"
    )
    assert "secret society" not in stack.state()
    assert stack.changes() == {}


def test_what_the_plugin_does_not_carry_is_refused_by_name(stack: Stack) -> None:
    stack.write("""
        import pulumi_aws as aws
        aws.sns.Topic("a", fifo_topic=True)
    """)
    refused = stack.pulumi("preview")
    assert refused.code != 0
    assert "fifoTopic is not carried by the local AWS plugin; carried: deliveryPolicy, displayName" in refused.text


def test_a_type_the_plugin_does_not_carry_is_refused_by_name(stack: Stack) -> None:
    stack.write('import pulumi_aws as aws\naws.dynamodb.Table("t", attributes=[], hash_key="a")\n')
    refused = stack.pulumi("up", "--yes")
    assert refused.code != 0
    assert "aws:dynamodb/table:Table is not carried by the local AWS plugin" in refused.text


def test_credentials_of_another_account_are_told_in_one_line(stack: Stack) -> None:
    stack.configure("aws:allowedAccountIds", '["210987654321"]')
    refused = stack.pulumi("up", "--yes")
    assert refused.code != 0
    assert "belong to account 123456789012, but `aws:allowedAccountIds` are 210987654321" in refused.text
