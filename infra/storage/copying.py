"""What S3 must be allowed for copying a bucket to another region. Pure but for ARNs that are not known yet."""

from dataclasses import dataclass

import pulumi

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Statement
from infra.storage.rights import arn, through_s3

SUFFIX = "-replica"


@dataclass(frozen=True)
class Copy:
    """From `bucket` of `here` to its copy of `there`; `locked`: with the lock of each version."""

    here: Cloud
    there: Cloud
    bucket: str
    source_key: pulumi.Input[str]
    target_key: pulumi.Input[str]
    locked: bool

    @property
    def deletes(self) -> bool:
        """Whether the copy hides what the source hides. Of what is locked, whoever hides it must do so twice."""
        return not self.locked


def name(bucket: str) -> str:
    """The name of the copy. S3 allows 63 characters, so the source has at most 55."""
    return f"{bucket}{SUFFIX}"


def statements(copy: Copy) -> list[Statement]:
    """Everything the copier may do: one bucket, one direction."""
    source, target = arn(copy.here, copy.bucket), arn(copy.there, name(copy.bucket))
    read = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    locks = ["s3:GetObjectRetention", "s3:GetObjectLegalHold"] if copy.locked else []
    deletes = ["s3:ReplicateDelete"] if copy.deletes else []
    return [
        Statement("Source", ["s3:GetReplicationConfiguration", "s3:ListBucket"], [source]),
        Statement("Read", [*read, *locks], [f"{source}/*"]),
        Statement("Write", ["s3:ReplicateObject", "s3:ReplicateTags", *deletes], [f"{target}/*"]),
        Statement("Decrypt", ["kms:Decrypt"], [copy.source_key], conditions=through_s3(copy.here, copy.bucket)),
        Statement(
            "Encrypt",
            ["kms:Encrypt", "kms:GenerateDataKey"],
            [copy.target_key],
            conditions=through_s3(copy.there, name(copy.bucket)),
        ),
    ]
