"""Claims about the accounts of the store, against a real versitygw on the loopback interface over TLS."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, SSLError

import jobs.store
from infra.settings.storage import BucketsSettings
from infra.storage import accounts
from jobs.backup import buckets, rotate
from jobs.backup.packer import Known, Packer
from jobs.backup.retention import Keep
from jobs.backup.seal import Sealer, new_key
from jobs.backup.sets import Sets
from jobs.errors import MlopsError
from jobs.maintenance import buckets as job
from jobs.maintenance.accounts import Admin, ensure_policy
from tests.jobs.backup.small import TIME, small
from tests.support.settings import settings
from tests.support.store import Server, running, tls

BUCKETS = BucketsSettings()
EVERY_BUCKET = list(BUCKETS.model_dump().values())
ACTIONS = ("put", "get", "list", "delete", "delete version", "multipart", "get version", "list versions")
MIB = 1024**2

READS, WRITES, VERSIONS = {"get", "list"}, {"put", "multipart"}, {"get version", "list versions"}
# What each account may do where; it may do nothing else.
ALLOWED = {
    "tracking": {BUCKETS.artifacts: {"put", "get", "list", "delete", "multipart"}},
    "training": dict.fromkeys((BUCKETS.artifacts, BUCKETS.features, BUCKETS.audit), READS | WRITES),
    "tuning": {BUCKETS.artifacts: READS | WRITES, BUCKETS.features: READS},
    "serving": {BUCKETS.artifacts: READS, BUCKETS.inference_logs: {"put", "list", "multipart"}},
    "backup": {
        BUCKETS.backups: READS | WRITES,
        **dict.fromkeys((BUCKETS.artifacts, BUCKETS.features, BUCKETS.audit), READS | VERSIONS),
    },
    "rotation": {BUCKETS.backups: {*READS, *VERSIONS, "delete version"}},
    "drill": {BUCKETS.backups: READS},
    "drift": {BUCKETS.artifacts: READS, BUCKETS.features: READS},
    "retraining": {BUCKETS.artifacts: READS, BUCKETS.features: READS, BUCKETS.audit: READS | WRITES},
    "pruning": {BUCKETS.artifacts: {*READS, "delete"}, BUCKETS.audit: READS | WRITES},
    "archive": {BUCKETS.features: READS},
    "monitoring": {
        BUCKETS.artifacts: READS,
        BUCKETS.features: READS,
        BUCKETS.inference_logs: READS,
        BUCKETS.audit: READS,
    },
}
NAMES = tuple(ALLOWED)
# Where an account that may not write a bucket writes all the same.
FOLDERS = [
    ("archive", "archive/"),
    ("drift", "drift/"), ("drift", "baselines/"), ("drift", "retraining/requests/"), ("retraining", "retraining/"),
    ("monitoring", "current/"), ("monitoring", "predictions/"), ("monitoring", "reports/"),
    ("monitoring", "retraining/requests/"),
]  # fmt: skip


@dataclass
class Store:
    """A running store with the buckets, accounts and policies of the stack."""

    server: Server
    ca_file: Path
    keys: dict[str, str]

    def client(self, account: str, secret_key: str | None = None) -> Any:
        if account == "root":
            return self.server.client(verify=str(self.ca_file))
        return self.server.client(
            account, self.keys[account] if secret_key is None else secret_key, verify=str(self.ca_file)
        )

    def environment(self) -> dict[str, str]:
        """What the stack gives to the Job."""
        return {
            **self.server.environment,
            "AWS_CA_BUNDLE": str(self.ca_file),
            "MLOPS_STORE_POLICIES": accounts.policies(accounts.grants(BUCKETS)),
            **{f"MLOPS_STORE_ACCOUNT_{name.upper()}": key for name, key in self.keys.items()},
        }

    def run_job(self, capsys: pytest.CaptureFixture[str] | None = None) -> list[str]:
        """The Job once with its own environment; the lines it printed."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment().items():
                patch.setenv(name, value)
            jobs.store.client.cache_clear()
            try:
                job.run(EVERY_BUCKET)
            finally:
                jobs.store.client.cache_clear()
        return capsys.readouterr().out.splitlines() if capsys else []

    def admin(self, account: str) -> Admin:
        return Admin(self.client(account), str(self.ca_file))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    (folder / "iam").mkdir()
    server = Server(folder, scheme="https")
    made = Store(server, folder / "ca.crt", {name: secrets.token_hex(16) for name in NAMES})
    options = tls(folder)
    # An instance of before there were accounts: its store knew root only, and has a bucket with an object.
    with running(server, *options):
        root = made.client("root")
        root.create_bucket(Bucket=BUCKETS.artifacts)
        root.put_object(Bucket=BUCKETS.artifacts, Key="before/accounts", Body=b"kept")
    with running(server, *options, "--iam-dir", str(folder / "iam")):
        made.run_job()
        yield made


def _refused(action: Callable[[], object]) -> bool:
    """Whether the store says no, for want of rights and nothing else.

    It answers a request with a body that it refuses before it has read it, and closes: at times the client sees only
    that. So whoever sends a body looks at the effect, too.
    """
    try:
        action()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return True
        raise
    except SSLError:
        return True
    return False


def _multipart(s3: Any, bucket: str, key: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
    s3.list_parts(Bucket=bucket, Key=key, UploadId=upload)
    s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


def _may(store: Store, account: str, action: str, bucket: str, folder: str = "") -> bool:
    root, s3, key = store.client("root"), store.client(account), f"{folder}{secrets.token_hex(8)}"
    version = root.put_object(Bucket=bucket, Key=key, Body=b"before")["VersionId"]
    refused = _refused({
        "put": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"after"),
        "get": lambda: (s3.get_object(Bucket=bucket, Key=key), s3.head_object(Bucket=bucket, Key=key)),
        "list": lambda: (s3.list_objects_v2(Bucket=bucket, Prefix=folder), s3.head_bucket(Bucket=bucket)),
        "delete": lambda: s3.delete_object(Bucket=bucket, Key=key),
        "delete version": lambda: s3.delete_object(Bucket=bucket, Key=key, VersionId=version),
        "multipart": lambda: _multipart(s3, bucket, key),
        "get version": lambda: s3.get_object(Bucket=bucket, Key=key, VersionId=version),
        "list versions": lambda: s3.list_object_versions(Bucket=bucket, Prefix=folder),
    }[action])  # fmt: skip
    if refused:
        # The object is untouched.
        assert root.get_object(Bucket=bucket, Key=key)["Body"].read() == b"before"
    elif action == "put":
        assert root.get_object(Bucket=bucket, Key=key)["Body"].read() == b"after"
    return not refused


@pytest.mark.parametrize("bucket", EVERY_BUCKET)
@pytest.mark.parametrize("account", NAMES)
def test_an_account_may_do_exactly_what_it_needs(store: Store, account: str, bucket: str) -> None:
    assert {action for action in ACTIONS if _may(store, account, action, bucket)} == ALLOWED[account].get(bucket, set())


@pytest.mark.parametrize("bucket", EVERY_BUCKET)
@pytest.mark.parametrize("account", NAMES)
def test_a_delete_of_many_removes_nothing_that_a_single_one_may_not(store: Store, account: str, bucket: str) -> None:
    root, key = store.client("root"), secrets.token_hex(8)
    root.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer: dict[str, Any] = {}

    def delete() -> None:
        answer.update(store.client(account).delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]}))

    refused = _refused(delete) or bool(answer.get("Errors"))
    assert refused is ("delete" not in ALLOWED[account].get(bucket, set()))
    assert bool(root.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]) is refused


def test_the_archive_removes_snapshots_and_nothing_else(store: Store) -> None:
    assert _may(store, "archive", "delete", BUCKETS.features, "datasets/")
    assert not _may(store, "archive", "put", BUCKETS.features, "datasets/")
    assert not _may(store, "archive", "delete", BUCKETS.features, "archive/")


@pytest.mark.parametrize(("account", "folder"), FOLDERS)
def test_an_account_writes_its_own_folders_and_nothing_beside_them(store: Store, account: str, folder: str) -> None:
    may = {action for action in ACTIONS if _may(store, account, action, BUCKETS.features, folder)}
    assert may == READS | WRITES
    assert not _may(store, account, "put", BUCKETS.features, f"{folder}../datasets/")
    assert not _may(store, account, "put", BUCKETS.artifacts, folder)


@pytest.mark.parametrize("account", NAMES)
def test_no_account_can_give_itself_more(store: Store, account: str, capsys: pytest.CaptureFixture[str]) -> None:
    s3 = store.client(account)
    everything = json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKETS.backups}/*"}
        ],
    })  # fmt: skip
    root = store.client("root")
    access = [root.get_bucket_acl(Bucket=bucket)["Grants"] for bucket in EVERY_BUCKET]
    for bucket in EVERY_BUCKET:
        for call, options in (
            (s3.put_bucket_policy, {"Policy": everything}),
            (s3.delete_bucket_policy, {}),
            (s3.put_bucket_acl, {"ACL": "public-read-write"}),
            (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Suspended"}}),
            (s3.delete_bucket, {}),
        ):
            assert _refused(partial(call, Bucket=bucket, **options)), (call, bucket)
    assert _refused(partial(s3.create_bucket, Bucket=f"own-{account}"))
    assert s3.list_buckets()["Buckets"] == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", account)
        patch.setenv("AWS_SECRET_ACCESS_KEY", store.keys[account])
        admin = store.admin(account)
        with pytest.raises(MlopsError, match="403"):
            admin.accounts()
        for change in (partial(admin.create, "more"), partial(admin.update, "backup")):
            with pytest.raises((MlopsError, SSLError), match=r"403|EOF"):
                change("x" * 16)
    assert [each["Name"] for each in root.list_buckets()["Buckets"]] == sorted(EVERY_BUCKET)
    assert [root.get_bucket_acl(Bucket=bucket)["Grants"] for bucket in EVERY_BUCKET] == access
    assert {line.rsplit(": ", 1)[1] for line in store.run_job(capsys)} == {"unchanged"}
    assert _refused(store.client("more", "x" * 16).list_buckets)


def test_what_was_stored_before_there_were_accounts_is_read_with_one(store: Store) -> None:
    read = store.client("serving").get_object(Bucket=BUCKETS.artifacts, Key="before/accounts")
    assert read["Body"].read() == b"kept"


def test_the_backup_writes_sets_and_rotation_alone_removes_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(store.ca_file))
    for name, value in store.server.environment.items():
        monkeypatch.setenv(name, value)
    sets = Sets.at(f"s3://{BUCKETS.backups}/tried")
    later = datetime.now(UTC) + timedelta(days=3)

    def become(account: str) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.keys[account])
        jobs.store.client.cache_clear()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    become("backup")
    with Packer(sets.shelf, Sealer([new_key()[1]]), Known()) as packer:
        captured = buckets.capture("artifacts", datetime.now(UTC), None, Known(), packer)
    assert "before/accounts" in {one.key for one in captured.objects}
    for seed, time in enumerate((TIME, TIME - timedelta(days=1))):
        small(seed, sets.shelf, time)
    with pytest.raises(MlopsError, match="refused"):
        rotate.plan(sets, Keep(daily=1, weekly=0, monthly=0), later)
    become("rotation")
    assert len(sets.entries()) == 2
    rotate.apply(sets, rotate.plan(sets, Keep(daily=1, weekly=0, monthly=0), later), print)
    assert [one.time for one in sets.entries()] == [TIME]
    with pytest.raises((MlopsError, SSLError)):
        sets.shelf.create("sets/mine", b"x")
    jobs.store.client.cache_clear()


def test_without_a_key_nothing_is_read(store: Store) -> None:
    assert _refused(lambda: store.client("serving", "wrong").list_objects_v2(Bucket=BUCKETS.artifacts))


def test_an_upload_in_parts_as_mlflow_does_it_comes_back_whole(store: Store, tmp_path: Path) -> None:
    content = secrets.token_bytes(20 * MIB)
    (tmp_path / "model.bin").write_bytes(content)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    training = store.client("training")
    training.upload_file(str(tmp_path / "model.bin"), BUCKETS.artifacts, "1/run/model.bin", Config=config)
    read = store.client("serving").get_object(Bucket=BUCKETS.artifacts, Key="1/run/model.bin")
    assert read["ETag"].strip('"').endswith("-3")
    assert read["Body"].read() == content


def test_a_second_run_changes_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    lines = store.run_job(capsys)
    assert len(lines) == 2 * len(EVERY_BUCKET) + len(NAMES)
    assert {line.rsplit(": ", 1)[1] for line in lines} == {"unchanged"}


def test_a_changed_key_is_the_only_one_that_opens(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    # So that the store has it in its cache.
    store.client("serving").list_objects_v2(Bucket=BUCKETS.artifacts)
    before, store.keys["serving"] = store.keys["serving"], secrets.token_hex(16)
    changed = [line for line in store.run_job(capsys) if not line.endswith("unchanged")]
    assert changed == ["account serving: updated"]
    store.client("serving").list_objects_v2(Bucket=BUCKETS.artifacts)
    assert _refused(lambda: store.client("serving", before).list_objects_v2(Bucket=BUCKETS.artifacts))


def test_a_changed_policy_is_put_back_and_one_too_many_is_removed(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    root = store.client("root")
    root.delete_bucket_policy(Bucket=BUCKETS.artifacts)
    stray = json.loads(accounts.policies([accounts.Grant("serving", BUCKETS.backups, accounts.READ)]))
    ensure_policy(root, BUCKETS.backups, stray[BUCKETS.backups])
    changed = [line for line in store.run_job(capsys) if not line.endswith("unchanged")]
    assert changed == [f"policy {BUCKETS.artifacts}: granted", f"policy {BUCKETS.backups}: granted"]
    assert not _may(store, "serving", "list", BUCKETS.backups)


def test_every_account_that_has_a_right_has_a_key_and_the_other_way_round() -> None:
    assert {grant.account for grant in accounts.grants(BUCKETS)} == set(accounts.keys(settings().secrets)) == set(NAMES)
