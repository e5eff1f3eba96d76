"""Launch templates through the plugin, without the engine."""

from __future__ import annotations

from typing import Any

from tests.local.plugins.aws.test_ec2 import goes, stays
from tests.support.aws import Trial

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DISK = {
    "volumeType": "gp3",
    "volumeSize": 80,
    "encrypted": "true",
    "deleteOnTermination": "true",
    "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/k",
}
WANTED: dict[str, Any] = {
    "description": "Nodes of the pool serving",
    "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": DISK}],
    "metadataOptions": {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"},
    "vpcSecurityGroupIds": ["sg-1", "sg-2"],
    "tagSpecifications": [
        {"resourceType": "instance", "tags": {"Name": "node", "owner": "us"}},
        {"resourceType": "volume", "tags": {"Name": "node", "owner": "us"}},
    ],
    "tags": {"Name": "template"},
}


def test_a_template_makes_a_version_of_every_change_but_tags(trial: Trial) -> None:
    template = trial.create(TEMPLATE, WANTED, name="serving")
    assert template.outputs["name"].startswith("serving-")
    assert template.outputs["latestVersion"] == 1
    stays(trial, template, WANTED)
    changed = {**WANTED, "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {**DISK, "volumeSize": 100}}]}
    trial.update(template, changed)
    assert (template.outputs["latestVersion"], template.outputs["defaultVersion"]) == (2, 1)
    stays(trial, template, changed)
    trial.update(template, {**changed, "tags": {"Name": "other"}})
    assert (template.outputs["latestVersion"], template.outputs["tagsAll"]) == (2, {"Name": "other"})
    assert trial.imported(TEMPLATE, template.id).inputs["tagSpecifications"] == WANTED["tagSpecifications"]
    goes(trial, template)


def test_aws_is_told_truth_values_and_pairs(trial: Trial) -> None:
    template = trial.create(TEMPLATE, WANTED)
    versions = trial.client("ec2").describe_launch_template_versions(LaunchTemplateId=template.id, Versions=["1"])
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert data["TagSpecifications"][0]["Tags"] == [{"Key": "Name", "Value": "node"}, {"Key": "owner", "Value": "us"}]
    assert data["SecurityGroupIds"] == ["sg-1", "sg-2"]
