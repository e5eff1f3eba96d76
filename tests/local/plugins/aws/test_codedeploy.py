"""What no emulator has of rollouts: it is in the state, with what AWS would make of it."""

from __future__ import annotations

from typing import Any

from tests.support.aws import Trial

APPLICATION, GROUP = "aws:codedeploy/application:Application", "aws:codedeploy/deploymentGroup:DeploymentGroup"
WANTED: dict[str, Any] = {
    "appName": "mlops-test-predict",
    "deploymentGroupName": "mlops-test-predict",
    "deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
    "serviceRoleArn": "arn:aws:iam::123456789012:role/rollout",
    "deploymentStyle": {"deploymentOption": "WITH_TRAFFIC_CONTROL", "deploymentType": "BLUE_GREEN"},
    "alarmConfiguration": {"alarms": ["errors"], "enabled": True, "ignorePollAlarmFailure": False},
    "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    "tags": {"Name": "predict"},
}


def test_an_application_is_recorded_with_its_arn(trial: Trial) -> None:
    wanted = {"name": "mlops-test-predict", "computePlatform": "Lambda", "tags": {"a": "1"}}
    application = trial.create(APPLICATION, wanted)
    assert application.id.endswith(":mlops-test-predict")
    assert application.outputs["arn"].endswith(":application:mlops-test-predict")
    assert trial.diff(application, wanted) == ([], [])
    assert trial.diff(application, {**wanted, "computePlatform": "ECS"})[1] == ["computePlatform"]
    assert trial.refresh(application)
    assert application.inputs == wanted
    trial.delete(application)


def test_a_deployment_group_is_recorded_and_changes_in_place(trial: Trial) -> None:
    group = trial.create(GROUP, WANTED)
    assert group.outputs["arn"].endswith(":deploymentgroup:mlops-test-predict/mlops-test-predict")
    assert trial.diff(group, WANTED) == ([], [])
    trial.update(group, {**WANTED, "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes"})
    assert trial.refresh(group)
    assert group.inputs["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    trial.delete(group)
