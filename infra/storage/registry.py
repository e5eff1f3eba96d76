"""Image repositories as a component."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document

IMAGES = (
    "tracking", "jobs", "serving", "gateway", "predict", "prometheus", "alertmanager", "kube-state-metrics",
    "pushgateway",
)  # fmt: skip
# Lambda pulls these itself; nodes pull the others with their own role.
FUNCTIONS = ("predict",)
UNTAGGED_DAYS = 14
# An image that still runs must be among them: a roll-back goes back a few, never fifty.
KEPT_IMAGES = 50


@dataclass(frozen=True)
class RegistryArgs:
    """`key` is the ARN of the KMS key of the images."""

    cloud: Cloud
    key: pulumi.Input[str]


class Registry(Component, domain="images"):
    """Owns one repository for each image of ours, and which of its images are kept.

    Does not own the images: they are pushed before the stack refers to them.
    """

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.repositories = {image: self._repository(f"{name}-{image}", image) for image in IMAGES}
        for image in FUNCTIONS:
            self._let_lambda_pull(f"{name}-{image}", image)
        self.register_outputs({"urls": {image: made.repository_url for image, made in self.repositories.items()}})

    def _repository(self, name: str, image: str) -> ecr.Repository:
        cloud = self._args.cloud
        repository = ecr.Repository(
            name,
            name=cloud.name(image),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=self._args.key)
            ],
            force_delete=cloud.durability.clean_teardown,
            tags=cloud.tagged(image),
            opts=self.child(protect=cloud.durability.protect),
        )
        ecr.LifecyclePolicy(f"{name}-lifecycle", repository=repository.name, policy=LIFECYCLE, opts=self.child())
        return repository

    def _let_lambda_pull(self, name: str, image: str) -> None:
        cloud = self._args.cloud
        function = cloud.arn("lambda", f"function:{cloud.name(image)}")
        pull = Statement(
            "LambdaPulls",
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            principals={"Service": "lambda.amazonaws.com"},
            conditions={"StringLike": {"aws:SourceArn": [function, f"{function}:*"]}},
        )
        ecr.RepositoryPolicy(
            f"{name}-policy",
            repository=self.repositories[image].name,
            policy=document([pull]),
            opts=self.child(),
        )


# ECR wants the rule for all images to come last.
LIFECYCLE = json.dumps({
    "rules": [
        {
            "rulePriority": 1,
            "description": "without a tag nothing refers to it by name",
            "selection": {
                "tagStatus": "untagged", "countType": "sinceImagePushed",
                "countUnit": "days", "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "the newest",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
            "action": {"type": "expire"},
        },
    ]
})  # fmt: skip
