"""The grants of the store's accounts as IAM statements. Pure: the key's ARN is all that may not be known yet."""

from collections.abc import Sequence

import pulumi

from infra.foundation.cloud import Cloud
from infra.foundation.policy_document import Condition, Statement
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.storage import BucketsSettings
from infra.storage import accounts
from infra.storage.accounts import Grant

CAPTURE = "capture"
# A bucket takes files in parts, and S3 reads the key of the first part again to seal the last: writers decrypt, too.
WRITES = ("kms:GenerateDataKey", "kms:Decrypt")
READS = ("kms:Decrypt",)


def grants(buckets: AwsBucketsSettings) -> list[Grant]:
    """What the accounts may do on every site, and who writes down predictions on AWS."""
    everywhere = accounts.grants(BucketsSettings.model_validate(buckets.model_dump(by_alias=True)))
    return [*everywhere, Grant(CAPTURE, buckets.inference_logs, accounts.WRITE)]


def statements(cloud: Cloud, key: pulumi.Input[str], account: str, buckets: AwsBucketsSettings) -> list[Statement]:
    """Everything one account may do, and nothing beside it."""
    every = grants(buckets)
    given = [grant for grant in every if grant.account == account]
    if not given:
        known = ", ".join(sorted({grant.account for grant in every}))
        raise ValueError(f"no account {account!r} in the store; there are {known}")
    listed = [arn(cloud, bucket) for bucket in _buckets(given)]
    with_versions = [arn(cloud, bucket) for bucket in _buckets([one for one in given if accounts.sees_versions(one)])]
    return [
        Statement("List", accounts.LIST, listed),
        *([Statement("ListVersions", accounts.LIST_VERSIONS, with_versions)] if with_versions else []),
        *(
            Statement(f"Objects{number}", grant.actions, [f"{arn(cloud, grant.bucket)}/{grant.prefix}*"])
            for number, grant in enumerate(given)
        ),
        *_key(cloud, key, given),
    ]


def arn(cloud: Cloud, bucket: str) -> str:
    """A bucket by its name: it need not be there yet."""
    return cloud.arn("s3", bucket, region="")


def through_s3(cloud: Cloud, *buckets: str) -> Condition:
    """Only S3 uses the key, for these buckets only: the context is the bucket, or without a bucket key the object."""
    arns = [arn(cloud, bucket) for bucket in buckets]
    return {
        "StringEquals": {"kms:ViaService": f"s3.{cloud.region}.{cloud.dns_suffix}"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [*arns, *(f"{each}/*" for each in arns)]},
    }


def _key(cloud: Cloud, key: pulumi.Input[str], given: Sequence[Grant]) -> list[Statement]:
    written = _buckets([grant for grant in given if "s3:PutObject" in grant.actions])
    only_read = [bucket for bucket in _buckets(given) if bucket not in written]
    return [
        Statement(sid, actions, [key], conditions=through_s3(cloud, *buckets))
        for sid, actions, buckets in (("KeyForWrites", WRITES, written), ("KeyForReads", READS, only_read))
        if buckets
    ]


def _buckets(given: Sequence[Grant]) -> list[str]:
    return sorted({grant.bucket for grant in given})
