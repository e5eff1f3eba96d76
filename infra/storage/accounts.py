"""Who may do what in the store: one account for each consumer, and the bucket policies that grant it its rights."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from infra.settings.buckets import AwsBucketsSettings
from infra.settings.secrets import MachineSecrets
from infra.settings.storage import BucketsSettings

# HEAD of a bucket is ListBucket, an unfinished multipart upload is removed with AbortMultipartUpload.
LIST = ("s3:ListBucket", "s3:GetBucketLocation")
READ = ("s3:GetObject",)
WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
# Hides the object behind a marker.
DELETE = ("s3:DeleteObject",)
# What was there at a time, also when it is hidden since.
READ_VERSIONS = (*READ, "s3:GetObjectVersion")
# The one account that removes versions, of backups only and not before their lock has run out.
ROTATE = (*READ_VERSIONS, "s3:GetObjectRetention", "s3:DeleteObjectVersion")
LIST_VERSIONS = ("s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration")


@dataclass(frozen=True)
class Grant:
    """Actions on the objects below `prefix` of a bucket; whoever has one may also list the bucket."""

    account: str
    bucket: str
    actions: tuple[str, ...]
    prefix: str = ""


def grants(buckets: BucketsSettings | AwsBucketsSettings) -> list[Grant]:
    """Every right that is given; what is not here is refused to everyone but root."""
    artifacts, features, logs = buckets.artifacts, buckets.features, buckets.inference_logs
    return [
        Grant("tracking", artifacts, (*READ, *WRITE, *DELETE)),
        Grant("training", artifacts, (*READ, *WRITE)),
        Grant("training", features, (*READ, *WRITE)),
        # Whoever registers and promotes writes it down; nobody may take it back.
        Grant("training", buckets.audit, (*READ, *WRITE)),
        Grant("tuning", artifacts, (*READ, *WRITE)),
        Grant("tuning", features, READ),
        Grant("serving", artifacts, READ),
        Grant("serving", logs, WRITE),
        *(Grant("backup", bucket, READ_VERSIONS) for bucket in (artifacts, features, buckets.audit)),
        Grant("backup", buckets.backups, (*READ, *WRITE)),
        Grant("rotation", buckets.backups, ROTATE),
        Grant("drill", buckets.backups, READ),
        Grant("drift", artifacts, READ),
        Grant("drift", features, READ),
        *(Grant("drift", features, WRITE, prefix) for prefix in ("drift/", "baselines/", "retraining/requests/")),
        Grant("retraining", artifacts, READ),
        Grant("retraining", features, READ),
        Grant("retraining", features, WRITE, prefix="retraining/"),
        Grant("retraining", buckets.audit, (*READ, *WRITE)),
        Grant("pruning", artifacts, (*READ, *DELETE)),
        Grant("pruning", buckets.audit, (*READ, *WRITE)),
        Grant("archive", features, READ),
        Grant("archive", features, WRITE, prefix="archive/"),
        Grant("archive", features, DELETE, prefix="datasets/"),
        Grant("monitoring", artifacts, READ),
        Grant("monitoring", features, READ),
        *(
            Grant("monitoring", features, WRITE, prefix)
            for prefix in ("current/", "predictions/", "reports/", "retraining/requests/")
        ),
        Grant("monitoring", logs, READ),
        Grant("monitoring", buckets.audit, READ),
    ]


def locks(buckets: BucketsSettings, days: int) -> dict[str, int]:
    """Bucket → days for which nobody can remove a version of it; none where nothing is kept."""
    return dict.fromkeys((buckets.backups, buckets.audit), days) if days else {}


def keys(secrets: MachineSecrets) -> dict[str, SecretStr]:
    """The secret key of each account; its access key is its name."""
    return {
        "tracking": secrets.store_tracking_secret_key,
        "training": secrets.store_training_secret_key,
        "serving": secrets.store_serving_secret_key,
        "backup": secrets.store_backup_secret_key,
        "rotation": secrets.store_rotation_secret_key,
        "drift": secrets.store_drift_secret_key,
        "tuning": secrets.store_tuning_secret_key,
        "retraining": secrets.store_retraining_secret_key,
        "pruning": secrets.store_pruning_secret_key,
        "archive": secrets.store_archive_secret_key,
        "monitoring": secrets.store_monitoring_secret_key,
        "drill": secrets.store_drill_secret_key,
    }


def policies(given: Sequence[Grant]) -> str:
    """Bucket → policy as JSON, what `python -m jobs.maintenance.buckets` reads."""
    buckets = sorted({grant.bucket for grant in given})
    return json.dumps({bucket: _policy(bucket, [one for one in given if one.bucket == bucket]) for bucket in buckets})


def sees_versions(grant: Grant) -> bool:
    """Whether it lists versions, too."""
    return set(READ_VERSIONS) <= set(grant.actions)


def _policy(bucket: str, given: Sequence[Grant]) -> dict[str, object]:
    listing = sorted({grant.account for grant in given})
    of_versions = sorted({grant.account for grant in given if sees_versions(grant)})
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(listing, LIST, bucket),
            *([_allow(of_versions, LIST_VERSIONS, bucket)] if of_versions else []),
            *(_allow([grant.account], grant.actions, f"{bucket}/{grant.prefix}*") for grant in given),
        ],
    }


def _allow(accounts: Sequence[str], actions: Sequence[str], resource: str) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": list(accounts)},
        "Action": list(actions),
        "Resource": f"arn:aws:s3:::{resource}",
    }
