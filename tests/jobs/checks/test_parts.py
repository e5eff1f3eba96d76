from __future__ import annotations

import pytest

from jobs.checks import alerts, parts, schedules, workloads
from jobs.checks.check import Finding
from tests.jobs.checks import platform as fakes
from tests.jobs.checks.platform import Platform, told

WELL = (
    parts.tracking, parts.database, parts.store, parts.serving, parts.prometheus, parts.alertmanager, alerts.quiet,
    alerts.targets, alerts.rules, alerts.alertmanager_told, schedules.cron_jobs, workloads.replicas,
)  # fmt: skip


@pytest.mark.parametrize("ask", WELL, ids=lambda ask: ask.__name__)
def test_a_platform_that_is_well_is_ok(fake: Platform, ask: object) -> None:
    found: Finding = ask(fake.system())  # type: ignore[operator]
    assert found.state == "ok", told(found)


def test_mlflow_that_cannot_reach_its_database_is_told_and_the_store_is_not_blamed(fake: Platform) -> None:
    fake.pages["/ready"] = (503, {"ready": False, "database": "OperationalError", "auth": "ok", "store": "ok"})
    assert told(parts.database(fake.system())).startswith("bad: database: OperationalError")
    assert parts.store(fake.system()).state == "ok"


def test_a_server_that_is_not_ready_is_bad_with_its_own_words(fake: Platform) -> None:
    fake.pages["/ready"] = (503, {"status": "not ready", "reason": "digest"})
    assert "digest" in told(parts.serving(fake.system()))
    assert parts.serving(fake.system()).state == "bad"


def test_outputs_that_are_missing_are_named(fake: Platform) -> None:
    assert parts.outputs(fake.system()).state == "bad"
    assert "no output artifactBucket" in told(parts.outputs(fake.system()))
    assert "endpointName" in told(parts.outputs(fake.system(clusterName="c")))
    whole = dict.fromkeys(parts.MACHINE, "x")
    assert parts.outputs(fake.system(**whole)).state == "ok"


def test_an_urgent_alert_is_bad_and_another_is_only_told(fake: Platform) -> None:
    fake.alerts(("ModelLatencyHigh", "P2"))
    assert told(alerts.quiet(fake.system())) == "ok: none of P0 or P1; firing: ModelLatencyHigh (P2) "
    fake.alerts(("ModelLatencyHigh", "P2"), ("DatabaseDown", "P1"))
    assert told(alerts.quiet(fake.system())).startswith("bad: P1 DatabaseDown: DatabaseDown happened")


def test_an_alert_that_is_pending_does_not_count(fake: Platform) -> None:
    status, data = fake.pages["/api/v1/alerts"]
    data["data"]["alerts"][0] |= {"state": "pending", "labels": {"alertname": "DatabaseDown", "severity": "P1"}}
    fake.pages["/api/v1/alerts"] = (status, data)
    assert told(alerts.quiet(fake.system())).endswith("firing: none ")


def test_an_alert_that_does_not_arrive_at_alertmanager_is_told(fake: Platform) -> None:
    fake.pages["/api/v2/alerts"] = (200, [])
    assert "Watchdog fires and is not at Alertmanager" in told(alerts.alertmanager_told(fake.system()))


def test_a_target_that_is_down_is_named_with_its_error(fake: Platform) -> None:
    fake.pages["/api/v1/targets?state=active"] = (
        200, fakes.targets(("mlflow", "up", ""), ("model-server", "down", "connection refused")),
    )  # fmt: skip
    found = told(alerts.targets(fake.system()))
    assert found.startswith("bad: model-server at http://model-server/metrics: connection refused")
    fake.pages["/api/v1/targets?state=active"] = (
        200, fakes.targets(("mlflow", "up", ""), ("model-server", "unknown", "")),
    )  # fmt: skip
    assert told(alerts.targets(fake.system())).startswith("ok: 1 targets are up")
    fake.pages["/api/v1/targets?state=active"] = (200, fakes.targets())
    assert "asks nobody" in told(alerts.targets(fake.system()))


def test_rules_that_are_not_loaded_or_cannot_be_evaluated_are_bad(fake: Platform) -> None:
    fake.pages["/api/v1/rules"] = (200, fakes.rules())
    assert "no alert rules" in told(alerts.rules(fake.system()))
    broken = {"name": "B", "type": "alerting", "health": "err", "lastError": "many-to-many"}
    fake.pages["/api/v1/rules"] = (200, fakes.rules(broken))
    assert told(alerts.rules(fake.system())).startswith("bad: B: many-to-many")
    new = {"name": "C", "type": "alerting", "health": "unknown"}
    fake.pages["/api/v1/rules"] = (200, fakes.rules(new))
    assert alerts.rules(fake.system()).state == "ok"


def test_a_workload_without_all_its_pods_is_named_and_one_that_wants_none_is_well(fake: Platform) -> None:
    path = "/apis/apps/v1/namespaces/ml-serving/deployments"
    fake.has(path, fakes.deployment("model-server-blue", 1, 2), fakes.deployment("model-server-green", 0, 0))
    assert told(workloads.replicas(fake.system())).startswith("bad: ml-serving/model-server-blue: 1 of 2 pods ready")
    assert "green" not in told(workloads.replicas(fake.system()))


def test_a_suspended_cron_job_and_one_whose_last_run_failed_are_named(fake: Platform) -> None:
    fake.has("/apis/batch/v1/cronjobs", fakes.cron_job("backup"), fakes.cron_job("drift", suspend=True))
    fake.has(
        "/apis/batch/v1/jobs", fakes.job("backup-1", "backup", "Complete", "02:00"),
        fakes.job("backup-2", "backup", "Failed", "03:00"), fakes.job("backup-3", "backup", "", "04:00"),
    )  # fmt: skip
    found = schedules.cron_jobs(fake.system())
    assert found.says.startswith("ml-platform/backup: its last run backup-2 failed (BackoffLimitExceeded)")
    assert found.details == ("ml-platform/drift is suspended",)


def test_a_failure_before_a_good_run_and_another_job_s_failure_do_not_count(fake: Platform) -> None:
    fake.has(
        "/apis/batch/v1/jobs", fakes.job("backup-1", "backup", "Failed", "02:00"),
        fakes.job("backup-2", "backup", "Complete", "03:00"), fakes.job("train", "somebody", "Failed", "04:00"),
    )  # fmt: skip
    assert schedules.cron_jobs(fake.system()).state == "ok"


def test_a_cluster_without_cron_jobs_is_bad_and_those_of_other_namespaces_do_not_count(fake: Platform) -> None:
    other = fakes.cron_job("backup")
    other["metadata"]["namespace"] = "default"
    fake.has("/apis/batch/v1/cronjobs", other)
    assert told(schedules.cron_jobs(fake.system())).startswith("bad: there are no CronJobs")


def test_a_quota_that_is_used_up_is_named(fake: Platform) -> None:
    def quota(used: str) -> dict[str, object]:
        return {
            "metadata": {"namespace": "ml-serving"},
            "status": {"hard": {"requests.cpu": "2", "pods": "20"}, "used": {"requests.cpu": used, "pods": "3"}},
        }

    fake.has("/api/v1/namespaces/ml-platform/resourcequotas")
    fake.has("/api/v1/namespaces/ml-serving/resourcequotas", quota("1500m"))
    assert told(workloads.headroom(fake.system())) == "ok: the fullest: ml-serving: 1500m of 2 requests.cpu "
    fake.has("/api/v1/namespaces/ml-serving/resourcequotas", quota("1950m"))
    assert told(workloads.headroom(fake.system())).startswith("bad: ml-serving: 1950m of 2 requests.cpu")


def test_a_template_that_is_missing_is_named(fake: Platform) -> None:
    fake.has("/api/v1/namespaces/ml-training/podtemplates", {"metadata": {"name": "training"}})
    assert told(workloads.templates(fake.system())).startswith("bad: PodTemplate ml-training/tuning is missing")
