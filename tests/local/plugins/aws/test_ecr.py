"""ECR through the plugin, without the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.aws import Refused, Trial

REPOSITORY, LIFECYCLE, POLICY = (
    "aws:ecr/repository:Repository",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
)
WANTED: dict[str, Any] = {
    "imageTagMutability": "IMMUTABLE",
    "imageScanningConfiguration": {"scanOnPush": True},
    "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:eu-central-1:123456789012:key/k"}],
}


def lifecycle(kept: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def access(principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": ["ecr:BatchGetImage"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_repository_lives_its_whole_life(trial: Trial) -> None:
    repository = trial.create(REPOSITORY, {**WANTED, "tags": {"a": "1"}}, name="Jobs")
    assert repository.id.startswith("jobs-")
    assert repository.outputs["repositoryUrl"] == f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/{repository.id}"
    assert trial.refresh(repository)
    assert trial.diff(repository, {**WANTED, "tags": {"a": "1"}}) == ([], [])
    changed = {**WANTED, "imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False}}
    trial.update(repository, {**changed, "tags": {"b": "2"}})
    assert repository.outputs["imageTagMutability"] == "MUTABLE"
    assert repository.outputs["imageScanningConfiguration"] == {"scanOnPush": False}
    assert repository.outputs["tagsAll"] == {"b": "2"}
    unencrypted = {name: value for name, value in changed.items() if name != "encryptionConfigurations"}
    assert trial.diff(repository, unencrypted)[1] == ["encryptionConfigurations"]
    trial.delete(repository)
    assert not trial.refresh(repository)


def test_a_repository_with_images_goes_only_when_the_program_allows_it(trial: Trial) -> None:
    repository = trial.create(REPOSITORY, {"name": "with-images"})
    trial.client("ecr").put_image(repositoryName="with-images", imageManifest=_MANIFEST, imageTag="v1")
    with pytest.raises(Refused, match="RepositoryNotEmpty"):
        trial.delete(repository)
    trial.update(repository, {"name": "with-images", "forceDelete": True})
    trial.delete(repository)
    assert not trial.refresh(repository)


def test_a_lifecycle_policy_is_replaced_and_an_access_policy_changed(trial: Trial) -> None:
    repository = trial.create(REPOSITORY, {"name": "with-policies"})
    expiry = trial.create(LIFECYCLE, {"repository": repository.id, "policy": lifecycle(50)})
    assert trial.refresh(expiry)
    assert trial.diff(expiry, {"repository": repository.id, "policy": lifecycle(50).replace(" ", "")}) == ([], [])
    assert trial.diff(expiry, {"repository": repository.id, "policy": lifecycle(9)}) == (["policy"], ["policy"])
    policy = trial.create(POLICY, {"repository": repository.id, "policy": access("lambda.amazonaws.com")})
    trial.update(policy, {"repository": repository.id, "policy": access("sagemaker.amazonaws.com")})
    assert trial.refresh(policy)
    assert trial.imported(POLICY, repository.id).inputs["repository"] == repository.id
    for made in (expiry, policy):
        trial.delete(made)
        assert not trial.refresh(made)


_MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 2,
            "digest": f"sha256:{'0' * 64}",
        },
        "layers": [],
    }
)
