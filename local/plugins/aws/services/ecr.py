"""ECR: repositories and their policies."""

from __future__ import annotations

from typing import Any

from pulumi_aws import ecr

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.tagging import Tagging


class Repository(Kind):
    """Its id is its name."""

    sdk, service = ecr.Repository, "ecr"
    carries = words("name imageTagMutability imageScanningConfiguration encryptionConfigurations forceDelete tags")
    fixed = words("name encryptionConfigurations")
    write_only = words("forceDelete")
    naming = Naming("name", longest=256, lower=True)
    tagging = Tagging(
        "tag_resource", "untag_resource", "list_tags_for_resource", "resourceArn",
        tags="tags", keys="tagKeys", found="tags",
    )  # fmt: skip

    def create(self, op: Operation) -> str:
        encryption = op.new.get("encryptionConfigurations")
        made = op.client.create_repository(
            repositoryName=op.new["name"],
            tags=self.tagging.form(op.tags),
            **op.given(
                imageTagMutability="imageTagMutability", imageScanningConfiguration="imageScanningConfiguration"
            ),
            **({"encryptionConfiguration": encryption[0]} if encryption else {}),
        )
        return str(made["repository"]["repositoryName"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found: dict[str, Any] = op.client.describe_repositories(repositoryNames=[identifier])["repositories"][0]
        encryption = found.get("encryptionConfiguration")
        return {
            "name": identifier,
            "arn": found["repositoryArn"],
            "registryId": found["registryId"],
            "repositoryUrl": found["repositoryUri"],
            "imageTagMutability": found["imageTagMutability"],
            "imageScanningConfiguration": found["imageScanningConfiguration"],
            "encryptionConfigurations": [encryption] if encryption else [],
        }

    def update(self, op: Operation, identifier: str) -> None:
        """`forceDelete` may come here, too: it is the plugin's own."""
        if "imageTagMutability" in op.changed:
            wanted = op.new.get("imageTagMutability", "MUTABLE")
            op.client.put_image_tag_mutability(repositoryName=identifier, imageTagMutability=wanted)
        if "imageScanningConfiguration" in op.changed:
            scanning = op.new.get("imageScanningConfiguration", {"scanOnPush": False})
            op.client.put_image_scanning_configuration(repositoryName=identifier, imageScanningConfiguration=scanning)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_repository(repositoryName=identifier, force=bool(op.last.get("forceDelete")))


class LifecyclePolicy(Kind):
    """Its id is the repository's name. A repository has one at most; as in the official plugin a change replaces it."""

    sdk, service = ecr.LifecyclePolicy, "ecr"
    carries = words("repository policy")
    fixed = words("repository policy")
    delete_first = True

    def create(self, op: Operation) -> str:
        op.client.put_lifecycle_policy(repositoryName=op.new["repository"], lifecyclePolicyText=op.new["policy"])
        return str(op.new["repository"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_lifecycle_policy(repositoryName=identifier)
        return {
            "repository": identifier,
            "policy": found["lifecyclePolicyText"],
            "registryId": found["registryId"],
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_lifecycle_policy(repositoryName=identifier)


class RepositoryPolicy(Kind):
    """Its id is the repository's name."""

    sdk, service = ecr.RepositoryPolicy, "ecr"
    carries = words("repository policy")
    fixed = words("repository")
    delete_first = True
    eventual = (
        Eventual(
            "InvalidParameterException", "Invalid repository policy provided", "a principal is not known everywhere yet"
        ),
    )

    def create(self, op: Operation) -> str:
        op.client.set_repository_policy(repositoryName=op.new["repository"], policyText=op.new["policy"])
        return str(op.new["repository"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_repository_policy(repositoryName=identifier)
        return {"repository": identifier, "policy": found["policyText"], "registryId": found["registryId"]}

    def update(self, op: Operation, identifier: str) -> None:
        op.client.set_repository_policy(repositoryName=identifier, policyText=op.new["policy"])

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_repository_policy(repositoryName=identifier)
