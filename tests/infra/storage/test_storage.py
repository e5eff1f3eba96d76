"""Claims about the S3 store."""

from __future__ import annotations

from infra.foundation.durability import Durability
from infra.foundation.exposure import AtNodePort
from infra.storage.storage import Storage, StorageArgs
from tests.support.recording import Recording, record
from tests.support.settings import settings


def test_the_store_serves_tls_with_versions_beside_the_objects(local: Recording) -> None:
    pod = local.one("StatefulSet", "storage-server").spec["template"]["spec"]
    arguments = pod["containers"][0]["args"]
    assert arguments[arguments.index("--cert") + 1] == "/etc/store/certificate/tls.crt"
    # One volume for both: a version is made by moving a file.
    assert arguments[-3:] == ["--versioning-dir", "/data/versions", "/data/objects"]
    assert pod["initContainers"][0]["command"] == ["mkdir", "-p", "/data/objects", "/data/versions", "/data/iam"]
    assert arguments[arguments.index("--iam-dir") + 1] == "/data/iam"


def test_the_store_is_told_of_a_renewed_certificate(local: Recording) -> None:
    pod = local.one("StatefulSet", "storage-server").spec["template"]["spec"]
    assert pod["containers"][0]["command"] == [
        "/usr/local/bin/reloader", "/etc/store/certificate/tls.crt", "/usr/local/bin/versitygw",
    ]  # fmt: skip
    mounted = [one["secret"]["secretName"] for one in pod["volumes"] if one["name"] == "certificate"]
    assert mounted == [local.one("Secret", "storage-certificate").object_name] == ["store-certificate"]


def test_the_store_is_asked_for_its_health_over_tls(local: Recording) -> None:
    container = local.one("StatefulSet", "storage-server").spec["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "s3", "scheme": "HTTPS"}


def test_every_bucket_is_made_after_the_store_is_ready(local: Recording) -> None:
    job = local.one("Job", "storage-buckets")
    assert local.waits_for(job, local.one("StatefulSet", "storage-server"))
    container = job.spec["template"]["spec"]["containers"][0]
    assert container["command"] == ["python", "-m", "jobs.maintenance.buckets"]
    assert container["args"] == ["mlflow-artifacts", "features", "inference-logs", "backups", "audit"]


# Secret of a pod → its account; no other Secret holds a key of the store.
ACCOUNTS = {
    "tracking-store": "Tracking",
    "training-access": "Training",
    "tuning-access": "Tuning",
    "model-server-access": "Serving",
    "backup-access": "Backup",
    "recovery-access": "Backup",
    "wal-archive-access": "Backup",
    "backup-rotation-access": "Rotation",
    "drill-access": "Drill",
    "drift-check-access": "Drift",
    "retraining-access": "Retraining",
    "runs-prune-access": "Pruning",
    "data-archive-access": "Archive",
    "monitoring-access": "Monitoring",
    "daily-report-access": "Monitoring",
}


def test_every_pod_has_the_key_of_its_own_account_and_only_the_buckets_job_is_root(local: Recording) -> None:
    given = {
        secret.name: secret.inputs["stringData"].value
        for secret in local.of_kind("Secret")
        if "AWS_ACCESS_KEY_ID" in secret.inputs["stringData"].value
    }
    assert {name: (keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]) for name, keys in given.items()} == {
        "storage-buckets": ("hidden-storeAccessKey", "hidden-storeSecretKey"),
        **{name: (account.lower(), f"hidden-store{account}SecretKey") for name, account in ACCOUNTS.items()},
    }


def test_no_pod_is_given_a_key_before_the_store_knows_it(local: Recording) -> None:
    job = local.one("Job", "storage-buckets")
    for name in ACCOUNTS:
        assert local.waits_for(local.one("Secret", name), job), name


def test_objects_outlive_a_stack_that_keeps_its_data() -> None:
    given = settings()
    args = StorageArgs(
        "ml-platform", "store:1", "jobs:1", given.storage, given.secrets, Durability.KEPT, AtNodePort(30900)
    )
    assert record(lambda: Storage("storage", args)).one("StatefulSet", "storage-server").protect is True
