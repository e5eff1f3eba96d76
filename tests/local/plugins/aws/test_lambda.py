"""Functions of images and archives, and what points at them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.plugins.values import File
from tests.support.aws import Refused, Trial

FUNCTION, ALIAS, PERMISSION, PROVISIONED = (
    "aws:lambda/function:Function",
    "aws:lambda/alias:Alias",
    "aws:lambda/permission:Permission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
)
ARN = "arn:aws:lambda:eu-central-1:123456789012:function"
REPOSITORY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mlops-dev/predict"
IMAGE: dict[str, Any] = {
    "role": "arn:aws:iam::123456789012:role/predict",
    "packageType": "Image",
    "imageUri": f"{REPOSITORY}@sha256:{'0' * 64}",
    "architectures": ["x86_64"],
    "memorySize": 1769,
    "timeout": 10,
    "publish": True,
    "reservedConcurrentExecutions": 20,
    "environment": {"variables": {"MLOPS_MODEL_NAME": "churn"}},
    "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/messages",
    "deadLetterConfig": {"targetArn": "arn:aws:sqs:eu-central-1:123456789012:dead"},
    "tracingConfig": {"mode": "Active"},
    "loggingConfig": {
        "logFormat": "JSON",
        "logGroup": "/aws/lambda/predict",
        "applicationLogLevel": "INFO",
        "systemLogLevel": "INFO",
    },
    "vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
    "tags": {"Name": "predict"},
}


def archived(folder: Path, answer: int) -> dict[str, Any]:
    (folder / "handler.py").write_text(f"def handle(event, context):\n    return {answer}\n")
    code = File(f"digest-of-{answer}", True, members={"handler.py": File("", False, path=str(folder / "handler.py"))})
    more = {"packageType": "Zip", "runtime": "python3.13", "handler": "handler.handle", "code": code, "publish": True}
    return {"role": IMAGE["role"], **more}


def test_a_function_of_an_image_lives_its_whole_life(trial: Trial) -> None:
    function = trial.create(FUNCTION, IMAGE, name="predict")
    assert function.outputs["arn"] == f"{ARN}:{function.id}"
    assert function.outputs["qualifiedArn"] == f"{ARN}:{function.id}:1"
    assert trial.diff(function, IMAGE) == ([], [])
    before = dict(function.inputs)
    assert trial.refresh(function)
    assert function.inputs == before
    new = {**IMAGE, "imageUri": f"{REPOSITORY}@sha256:{'1' * 64}", "memorySize": 3538, "tags": {"Name": "p"}}
    trial.update(function, {name: value for name, value in new.items() if name not in ("vpcConfig", "kmsKeyArn")})
    assert (function.outputs["version"], function.outputs["memorySize"]) == ("2", 3538)
    assert function.outputs["imageUri"].endswith("1" * 64)
    assert (function.outputs["vpcConfig"]["subnetIds"], function.outputs["kmsKeyArn"]) == ([], "")
    assert function.outputs["tagsAll"] == {"Name": "p"}
    assert trial.imported(FUNCTION, function.id).inputs["reservedConcurrentExecutions"] == 20
    trial.delete(function)
    assert not trial.refresh(function)


def test_an_archive_runs_and_new_code_is_a_new_version(trial: Trial, tmp_path: Path) -> None:
    function = trial.create(FUNCTION, archived(tmp_path, 1), name="answers")
    invoke = trial.client("lambda").invoke
    assert json.load(invoke(FunctionName=function.id)["Payload"]) == 1
    assert trial.diff(function, archived(tmp_path, 1)) == ([], [])
    trial.update(function, archived(tmp_path, 2))
    assert function.outputs["version"] == "2"
    assert json.load(invoke(FunctionName=function.id)["Payload"]) == 2
    assert json.load(invoke(FunctionName=function.id, Qualifier="1")["Payload"]) == 1


def test_reserved_concurrency_is_given_back(trial: Trial) -> None:
    function = trial.create(FUNCTION, IMAGE, name="reserving")
    trial.update(function, {name: value for name, value in IMAGE.items() if name != "reservedConcurrentExecutions"})
    assert function.outputs["reservedConcurrentExecutions"] == -1
    assert function.outputs["version"] == "1"


def test_a_function_without_code_is_refused(trial: Trial) -> None:
    with pytest.raises(Refused, match="give imageUri for an image or code for an archive"):
        trial.create(FUNCTION, {"role": IMAGE["role"]})


def test_an_alias_moves_from_version_to_version_with_weights_between(trial: Trial, tmp_path: Path) -> None:
    function = trial.create(FUNCTION, archived(tmp_path, 1), name="aliased")
    trial.update(function, archived(tmp_path, 2))
    wanted = {"name": "live", "functionName": function.id, "functionVersion": "1", "description": "In use."}
    alias = trial.create(ALIAS, wanted)
    assert alias.id == alias.outputs["arn"] == f"{ARN}:{function.id}:live"
    assert trial.diff(alias, wanted) == ([], [])
    weights = {"additionalVersionWeights": {"2": 0.1}}
    trial.update(alias, {**wanted, "routingConfig": weights})
    assert alias.outputs["routingConfig"] == weights
    trial.update(alias, {**wanted, "functionVersion": "2"})
    live = trial.client("lambda").get_alias(FunctionName=function.id, Name="live")
    assert (live["FunctionVersion"], live.get("RoutingConfig") or {}) == ("2", {})
    assert trial.refresh(alias)
    assert alias.inputs == {**wanted, "functionVersion": "2"}
    assert trial.imported(ALIAS, alias.id).inputs == {**alias.inputs, "region": "eu-central-1"}
    trial.delete(alias)
    assert not trial.refresh(alias)


def test_a_permission_is_one_statement_of_the_policy(trial: Trial) -> None:
    function = trial.create(FUNCTION, IMAGE, name="permitted")
    trial.create(ALIAS, {"name": "live", "functionName": function.id, "functionVersion": "1"})
    wanted = {
        "action": "lambda:InvokeFunction",
        "function": function.id,
        "qualifier": "live",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:eu-central-1:123456789012:a/*/*/predict",
    }
    permission = trial.create(PERMISSION, wanted, name="http")
    other = trial.create(PERMISSION, wanted, name="other")
    assert permission.id.startswith("http-")
    assert trial.diff(permission, wanted) == ([], [])
    before = dict(permission.inputs)
    assert trial.refresh(permission)
    assert permission.inputs == before
    assert trial.diff(permission, {**wanted, "qualifier": "other"})[1] == ["qualifier"]
    found = trial.imported(PERMISSION, f"{function.id}:live/{permission.id}")
    assert {name: found.inputs[name] for name in wanted} == wanted
    trial.delete(permission)
    assert not trial.refresh(permission)
    assert trial.refresh(other)


def test_provisioned_concurrency_lives_its_whole_life(trial: Trial) -> None:
    function = trial.create(FUNCTION, IMAGE, name="warm")
    trial.create(ALIAS, {"name": "live", "functionName": function.id, "functionVersion": "1"})
    wanted = {"functionName": function.id, "qualifier": "live", "provisionedConcurrentExecutions": 2}
    warm = trial.create(PROVISIONED, wanted)
    assert warm.id == f"{function.id},live"
    trial.update(warm, {**wanted, "provisionedConcurrentExecutions": 4})
    assert trial.imported(PROVISIONED, warm.id).inputs["provisionedConcurrentExecutions"] == 4
    trial.delete(warm)
    assert not trial.refresh(warm)
