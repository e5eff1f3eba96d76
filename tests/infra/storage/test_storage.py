"""Claims about the S3 store."""

from __future__ import annotations

from infra.foundation.durability import Durability
from infra.storage.storage import Storage, StorageArgs
from tests.support.recording import Recording, record
from tests.support.settings import settings


def test_the_store_serves_tls_with_versions_beside_the_objects(local: Recording) -> None:
    pod = local.one("StatefulSet", "storage-server").spec["template"]["spec"]
    arguments = pod["containers"][0]["args"]
    assert arguments[arguments.index("--cert") + 1] == "/etc/store/secrets/tls.crt"
    # One volume for both: a version is made by moving a file.
    assert arguments[-3:] == ["--versioning-dir", "/data/versions", "/data/objects"]
    assert pod["initContainers"][0]["command"] == ["mkdir", "-p", "/data/objects", "/data/versions"]


def test_the_store_is_asked_for_its_health_over_tls(local: Recording) -> None:
    container = local.one("StatefulSet", "storage-server").spec["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "s3", "scheme": "HTTPS"}


def test_every_bucket_is_made_after_the_store_is_ready(local: Recording) -> None:
    job = local.one("Job", "storage-buckets")
    assert local.waits_for(job, local.one("StatefulSet", "storage-server"))
    container = job.spec["template"]["spec"]["containers"][0]
    assert container["command"] == ["python", "-m", "jobs.maintenance.buckets"]
    assert container["args"] == ["mlflow-artifacts", "features", "inference-logs", "backups"]


def test_objects_outlive_a_stack_that_keeps_its_data() -> None:
    given = settings()
    args = StorageArgs("ml-platform", "store:1", "jobs:1", given.storage, given.secrets, Durability.KEPT)
    assert record(lambda: Storage("storage", args)).one("StatefulSet", "storage-server").protect is True
