"""Scheduled jobs run at their time, once at a time, not for ever, and with just the access they need."""

import json
from typing import Any

import pytest

from tests.support.look import at, only
from tests.support.recording import Recorded
from tests.support.settings import settings
from tests.support.stack import stack

STACK, SETTINGS = stack(), settings().schedules
BACKUP = only(STACK, "CronJob", "backup")
DRIFT = only(STACK, "CronJob", "drift-check")
BOTH = pytest.mark.parametrize("job", [BACKUP, DRIFT], ids=lambda job: job.name)


def _pod(job: Recorded) -> dict[str, Any]:
    pod: dict[str, Any] = at(job, "spec", "jobTemplate", "spec", "template", "spec")
    return pod


def _environment(job: Recorded) -> dict[str, Any]:
    return {variable["name"]: variable for variable in _pod(job)["containers"][0]["env"]}


def test_the_backup_runs_where_the_database_is_and_drift_where_training_is() -> None:
    assert at(BACKUP, "metadata", "namespace") == "ml-platform"
    assert at(DRIFT, "metadata", "namespace") == "ml-training"


def test_each_runs_its_command_at_its_time_in_the_time_zone_of_the_stack() -> None:
    commands = {
        str(job.object_name): " ".join(_pod(job)["containers"][0]["command"]) for job in STACK.of_kind("CronJob")
    }
    config = "/etc/mlops/config/monitoring.yaml"
    assert commands == {
        "backup": "mlops backup run --configuration /etc/mlops/config",
        "backup-rotation": "mlops backup rotate --apply",
        "drill": "mlops dr drill",
        "runs-prune": "mlops runs prune --older-than 90d --gc 30d --apply",
        "database-care": "mlops db vacuum",
        "database-figures": "mlops db measure",
        "data-archive": "mlops data archive --older-than 60d --apply",
        "drift-check": f"mlops drift check --config {config}",
        "retraining": f"mlops retrain check {config}",
        "monitoring": "mlops monitor run",
        "daily-report": "mlops report daily",
    }
    assert (at(BACKUP, "spec", "schedule"), at(BACKUP, "spec", "timeZone")) == (
        SETTINGS.backup.cron,
        "Etc/UTC",
    )
    assert (at(DRIFT, "spec", "schedule"), at(DRIFT, "spec", "timeZone")) == (SETTINGS.drift_check.cron, "Etc/UTC")


@BOTH
def test_a_run_never_overlaps_with_the_one_before(job: Recorded) -> None:
    assert at(job, "spec", "concurrencyPolicy") == "Forbid"


@BOTH
def test_a_run_ends_by_itself_or_is_ended(job: Recorded) -> None:
    limits = at(job, "spec", "jobTemplate", "spec")

    schedule = SETTINGS.backup if job is BACKUP else SETTINGS.drift_check
    assert limits["activeDeadlineSeconds"] == schedule.deadline_minutes * 60
    assert limits["backoffLimit"] == 2


@BOTH
def test_old_runs_are_kept_for_a_look_and_do_not_pile_up(job: Recorded) -> None:
    assert at(job, "spec", "successfulJobsHistoryLimit") == at(job, "spec", "failedJobsHistoryLimit") == 3


def test_the_backup_is_told_of_the_database_and_not_of_mlflow() -> None:
    environment = _environment(BACKUP)

    assert environment["PGHOST"]["value"] == "postgres.ml-platform.svc"
    assert environment["PGSSLMODE"]["value"] == "verify-full"
    assert environment["PGSSLROOTCERT"]["value"] == "/etc/mlops/ca.crt"
    assert not [name for name in environment if name.startswith("MLFLOW_TRACKING")]


def test_each_is_told_which_bucket_and_which_model() -> None:
    told = {name: variable.get("value") for job in (BACKUP, DRIFT) for name, variable in _environment(job).items()}

    assert (told["MLOPS_BACKUPS_BUCKET"], told["MLOPS_ARTIFACTS_BUCKET"]) == ("backups", "mlflow-artifacts")
    assert told["MLOPS_FEATURES_BUCKET"] == "features"
    assert (told["MLOPS_MODEL_NAME"], told["MLOPS_MODEL_ALIAS"]) == ("churn-classifier", "champion")


def test_drift_is_told_of_mlflow_and_not_of_the_database() -> None:
    environment = _environment(DRIFT)

    assert environment["MLFLOW_TRACKING_URI"]["value"] == "http://mlflow.ml-platform.svc:5000"
    assert not [name for name in environment if name.startswith("PG")]


def test_each_namespace_holds_only_the_secrets_that_its_pods_need() -> None:
    keys = {
        secret.namespace: set(secret.inputs["stringData"].value)
        for secret in (STACK.one("Secret", f"{job.object_name}-access") for job in (BACKUP, DRIFT))
    }

    assert keys == {
        "ml-platform": {
            *("PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ca.crt", "MLOPS_BACKUP_RECIPIENTS")
        },
        "ml-training": {"MLFLOW_TRACKING_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ca.crt"},
    }


@BOTH
def test_no_secret_stands_in_a_cron_job_in_plain_text(job: Recorded) -> None:
    assert "hidden-" not in str(job.inputs)


def test_the_settings_go_with_each_backup_and_no_secret_among_them() -> None:
    files = STACK.one("ConfigMap", "backup-files").inputs["data"]
    platform = json.loads(files["platform.json"])
    assert platform["storage"]["buckets"]["backups"] == "backups"
    assert "secrets" not in platform
    assert "hidden" not in files["platform.json"]


def test_who_removes_sets_is_not_who_writes_them() -> None:
    rotation = only(STACK, "CronJob", "backup-rotation")
    accounts = {
        STACK.one("Secret", f"{job.object_name}-access").inputs["stringData"].value["AWS_ACCESS_KEY_ID"]
        for job in (BACKUP, rotation)
    }
    assert accounts == {"backup", "rotation"}
    assert not [name for name in _environment(rotation) if name.startswith("PG") or name == "MLOPS_BACKUP_RECIPIENTS"]


def test_who_looks_after_the_database_has_a_login_of_its_own_and_no_key_of_the_store() -> None:
    for name in ("database-care", "database-figures"):
        job = only(STACK, "CronJob", name)
        environment = _environment(job)
        assert (environment["PGUSER"]["value"], environment["PGSSLMODE"]["value"]) == ("care", "verify-full")
        assert "MLOPS_PUSHGATEWAY" in environment
        assert set(STACK.one("Secret", f"{name}-access").inputs["stringData"].value) == {"PGPASSWORD", "ca.crt"}
        assert _pod(job)["serviceAccountName"] == "database-care"
        labels = at(job, "spec", "jobTemplate", "spec", "template", "metadata", "labels")
        assert {label for label in labels if label.startswith("reach.mlops/")} == {
            "reach.mlops/postgres", "reach.mlops/pushgateway",
        }  # fmt: skip


def test_figures_are_taken_so_often_that_an_alert_about_connections_is_about_now() -> None:
    assert SETTINGS.database_figures.cron == "4,19,34,49 * * * *"
    assert SETTINGS.database_care.cron.startswith("47 1 ")


def test_the_drill_has_a_server_of_its_own_and_reaches_no_other_database() -> None:
    drill = only(STACK, "CronJob", "drill")
    (server,) = _pod(drill)["initContainers"]
    # It starts before the job, and does not keep it from ending.
    assert server["restartPolicy"] == "Always"
    assert (
        server["image"]
        == only(STACK, "StatefulSet", "postgres").inputs["spec"]["template"]["spec"]["containers"][0]["image"]
    )
    assert "-h 127.0.0.1" in server["command"][-1]
    assert {name: one["value"] for name, one in _environment(drill).items() if name.startswith("PG")} == {
        "PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": "postgres", "PGSSLMODE": "disable",
    }  # fmt: skip
    labels = at(drill, "spec", "jobTemplate", "spec", "template", "metadata", "labels")
    assert {name for name in labels if name.startswith("reach.mlops/")} == {
        "reach.mlops/store",
        "reach.mlops/pushgateway",
    }


def test_only_drill_and_recovery_can_open_sets_and_the_drill_reads_their_bucket_alone() -> None:
    from infra.storage.accounts import READ, grants

    assert [(one.bucket, one.actions) for one in grants(settings().storage.buckets) if one.account == "drill"] == [
        ("backups", READ)
    ]
    keys = STACK.one("Secret", "drill-keys").inputs["stringData"].value
    assert list(keys) == ["backup.key"]
    assert keys["backup.key"].startswith("AGE-SECRET-KEY-1")
    holders = [
        secret.object_name
        for secret in STACK.of_kind("Secret")
        if "AGE-SECRET-KEY-1" in str(secret.inputs["stringData"].value)
    ]
    assert len(holders) == 2
    assert STACK.one("Secret", "recovery-keys").object_name in holders
    recipients = STACK.one("Secret", "backup-access").inputs["stringData"].value["MLOPS_BACKUP_RECIPIENTS"]
    secrets = settings().secrets
    assert recipients.split(",") == [
        secrets.backup_recipients.get_secret_value(), secrets.backup_drill_recipient.get_secret_value(),
    ]  # fmt: skip
