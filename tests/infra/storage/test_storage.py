"""Claims about the S3 store."""

from __future__ import annotations

from infra.foundation.durability import Durability
from infra.settings.storage import StorageSettings
from infra.storage.storage import Storage, StorageArgs
from tests.support.recording import Recording, record
from tests.support.settings import settings


def with_settings(storage: StorageSettings) -> Recording:
    given = settings()
    args = StorageArgs("ml-platform", "store:1", "jobs:1", storage, given.secrets, Durability.KEPT)
    return record(lambda: Storage("storage", args))


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


def test_a_store_that_exists_already_is_used_and_none_is_started() -> None:
    given = settings().storage.model_copy(update={"endpoint": "https://s3.example:9000"})
    recording = with_settings(given)
    assert recording.of_kind("StatefulSet", "Service") == []
    job = recording.one("Job", "storage-buckets")
    env = {item["name"]: item.get("value") for item in job.spec["template"]["spec"]["containers"][0]["env"]}
    assert env["AWS_ENDPOINT_URL_S3"] == "https://s3.example:9000"


def test_objects_outlive_a_stack_that_keeps_its_data() -> None:
    server = with_settings(settings().storage).one("StatefulSet", "storage-server")
    assert server.protect is True
    assert server.spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"
