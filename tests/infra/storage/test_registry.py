"""Claims about the image repositories."""

from __future__ import annotations

import json

import pytest

from infra.storage.registry import FUNCTIONS, IMAGES, KEPT_IMAGES, UNTAGGED_DAYS, Registry, RegistryArgs
from tests.infra.storage.aws import KEY
from tests.support.cloud import DISPOSABLE, KEPT, policy
from tests.support.recording import Recording, record


@pytest.fixture(scope="module")
def disposable() -> Recording:
    return record(lambda: Registry("images", RegistryArgs(DISPOSABLE, KEY)))


@pytest.fixture(scope="module")
def kept() -> Recording:
    return record(lambda: Registry("images", RegistryArgs(KEPT, KEY)))


def test_every_image_has_a_repository_of_its_own(disposable: Recording) -> None:
    names = {one.inputs["name"] for one in disposable.of_kind("Repository")}
    assert names == {f"mlops-dev-{image}" for image in IMAGES}


def test_a_tag_never_moves_and_every_image_is_scanned_and_encrypted(disposable: Recording) -> None:
    for one in disposable.of_kind("Repository"):
        assert one.inputs["imageTagMutability"] == "IMMUTABLE"
        assert one.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert one.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
        assert one.inputs["tags"]["owner"] == "ml"


def test_every_repository_keeps_the_newest_images(disposable: Recording) -> None:
    made = disposable.of_kind("LifecyclePolicy")
    assert sorted(one.inputs["repository"] for one in made) == sorted(f"mlops-dev-{image}" for image in IMAGES)
    for one in made:
        first, last = json.loads(one.inputs["policy"])["rules"]
        assert (first["selection"]["tagStatus"], first["selection"]["countNumber"]) == ("untagged", UNTAGGED_DAYS)
        assert (last["selection"]["tagStatus"], last["selection"]["countNumber"]) == ("any", KEPT_IMAGES)
        assert first["rulePriority"] < last["rulePriority"]


def test_only_our_function_pulls_its_image_by_itself(disposable: Recording) -> None:
    made = {one.inputs["repository"]: policy(one) for one in disposable.of_kind("RepositoryPolicy")}
    assert set(made) == {f"mlops-dev-{image}" for image in FUNCTIONS}
    for repository, statements in made.items():
        (pull,) = statements.values()
        assert pull["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert pull["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        function = f"arn:aws:lambda:eu-central-1:111122223333:function:{repository}"
        assert pull["Condition"] == {"StringLike": {"aws:SourceArn": [function, f"{function}:*"]}}


def test_disposable_repositories_are_emptied_and_kept_ones_are_refused_to_a_destroy(
    disposable: Recording, kept: Recording
) -> None:
    for recording, emptied in ((disposable, True), (kept, False)):
        for one in recording.of_kind("Repository"):
            assert (one.inputs["forceDelete"], one.protect) == (emptied, not emptied)
