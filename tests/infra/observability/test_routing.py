"""Every alert goes where its severity says, as amtool reads it; of several with one reason one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.observability import inhibition_page
from infra.observability.alert import Alert, Severity
from infra.observability.inhibition import ALONE, CAUSES, CONSEQUENCES, LINGERS
from infra.observability.routing import REPEAT, WAITS, alertmanager_config
from infra.observability.rules import ALERTS
from infra.settings.observability import PrometheusSettings
from tests.repository.documents import blocks
from tests.support import promtool, told
from tests.support.stack import stack

SEVERITY = {alert.name: alert.severity for alert in ALERTS}
# Label of a CronJob's alerts → the other one that they have.
CRON_JOBS = {f'cronjob="{job.object_name}"': f'namespace="{job.namespace}"' for job in stack().of_kind("CronJob")}
SEVERITIES = pytest.mark.parametrize("severity", Severity)


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The routes of a stack with receivers of every kind and a heartbeat."""
    file = tmp_path_factory.mktemp("routes") / "alertmanager.yaml"
    file.write_text(alertmanager_config(told.alertmanager(**told.given())))
    return file


def receivers(file: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in yaml.safe_load(file.read_text())["receivers"]}


def routed(file: Path, *labels: str) -> str:
    asked = promtool.run("amtool", "config", "routes", "test", f"--config.file={file}", *labels)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    return asked.stdout.strip()


def cells(line: str) -> list[str]:
    """Of a row of a Markdown table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("more", [{}, told.given()], ids=["nobody", "everyone"])
def test_amtool_accepts_the_routes(more: dict[str, Any], tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yaml"
    config.write_text(alertmanager_config(told.alertmanager(**more)))

    checked = promtool.run("amtool", "check-config", config)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_goes_to_its_severity_and_the_watchdog_to_the_heartbeat(alert: Alert, everyone: Path) -> None:
    expected = "heartbeat" if alert.name == "Watchdog" else alert.severity.value

    assert routed(everyone, f"alertname={alert.name}", f"severity={alert.severity}") == expected


def test_an_alert_of_somebody_else_is_told_with_the_least_urgent(everyone: Path) -> None:
    assert routed(everyone, "alertname=Theirs", "severity=critical") == "P3"


@SEVERITIES
def test_everyone_who_takes_a_severity_is_told_and_nobody_else(severity: Severity, everyone: Path) -> None:
    takers = sorted(one["kind"] for one in told.RECEIVERS.values() if severity in one["severities"])

    found = receivers(everyone)[severity.value]

    assert sorted(key.removesuffix("_configs") for key in found if key != "name") == takers


def test_everyone_is_told_when_it_is_over_but_the_heartbeat(everyone: Path) -> None:
    for name, receiver in receivers(everyone).items():
        for configs in (value for key, value in receiver.items() if key != "name"):
            assert {config["send_resolved"] for config in configs} == {name != "heartbeat"}, name


def test_no_secret_stands_among_the_routes(everyone: Path) -> None:
    text = everyone.read_text()

    assert "hidden" not in text
    assert told.KEY not in text
    for field in ("api_url", "routing_key", "auth_password"):
        assert f"{field}:" not in text
        assert f"{field}_file: /etc/alertmanager-secrets/" in text


@SEVERITIES
def test_a_stack_without_receivers_tells_nobody(severity: Severity) -> None:
    config = yaml.safe_load(alertmanager_config(told.alertmanager()))

    assert [one for one in config["receivers"] if one["name"] == severity.value] == [{"name": severity.value}]
    assert "heartbeat" not in {route["receiver"] for route in config["route"]["routes"]}


@SEVERITIES
def test_what_goes_on_is_told_again_the_sooner_the_more_urgent_it_is(severity: Severity, everyone: Path) -> None:
    routes = yaml.safe_load(everyone.read_text())["route"]["routes"]

    assert [route["repeat_interval"] for route in routes if route["receiver"] == severity.value] == [REPEAT[severity]]


def test_a_consequence_waits_for_its_cause_and_nothing_else_does(everyone: Path) -> None:
    routes = yaml.safe_load(everyone.read_text())["route"]["routes"]

    for route in routes:
        for child in route.get("routes", ()):
            assert child == {"matchers": [f'alertname=~"{"|".join(CONSEQUENCES)}"'], "group_wait": WAITS}
    assert len([child for route in routes for child in route.get("routes", ())]) == len(Severity)


def test_every_alert_is_a_cause_a_consequence_or_alone() -> None:
    causes = {cause.alert for cause in CAUSES}

    assert causes | set(CONSEQUENCES) | ALONE == set(SEVERITY)
    assert not ALONE & (causes | set(CONSEQUENCES))


def test_no_alert_silences_itself_or_the_watchdog_or_one_that_is_more_urgent() -> None:
    for cause in CAUSES:
        assert cause.alert not in cause.consequences
        assert "Watchdog" not in cause.consequences
        assert len(set(cause.consequences)) == len(cause.consequences)
        for consequence in cause.consequences:
            assert SEVERITY[cause.alert] <= SEVERITY[consequence], f"{cause.alert} silences {consequence}"


def test_no_two_alerts_silence_each_other_so_that_one_is_always_told() -> None:
    direct: dict[str, set[str]] = {}
    for row in CAUSES:
        direct.setdefault(row.alert, set()).update(row.consequences)

    for row in CAUSES:
        for consequence in row.consequences:
            assert row.alert not in direct.get(consequence, set())
            further = {
                name
                for other in CAUSES
                if other.alert == consequence and (not row.of or CRON_JOBS.get(other.where, row.of) == row.of)
                for name in other.consequences
            }
            # A chain is written out: with its middle not firing, the ends would both be told.
            assert further <= direct[row.alert], f"{row.alert} → {consequence} → {further - direct[row.alert]}"


def test_a_cause_or_a_consequence_by_the_clock_is_one_that_there_is() -> None:
    labels = {label for cause in CAUSES for label in (cause.where, cause.of) if "cronjob" in label or "space" in label}

    assert len(labels) == 5
    assert labels <= CRON_JOBS.keys() | set(CRON_JOBS.values())


def test_a_cause_outlasts_its_consequences_and_nothing_else_lingers() -> None:
    lingering = {alert.name: alert.rule()["keep_firing_for"] for alert in ALERTS if "keep_firing_for" in alert.rule()}

    assert lingering == LINGERS
    assert {(cause.alert, cause.lingers) for cause in CAUSES if cause.lingers} == set(LINGERS.items())


@pytest.mark.parametrize("cause", ["DatabaseDown", "StoreDown"])
def test_mlflow_which_is_ready_a_look_later_does_not_outlast_what_it_waited_for(cause: str) -> None:
    def seconds(alert: str) -> int:
        return 60 * int(LINGERS[alert].removesuffix("m"))

    look: int = PrometheusSettings.model_fields["interval_seconds"].default
    assert seconds("TrackingUnreachable") + look < seconds(cause)


@SEVERITIES
def test_the_document_says_how_soon_somebody_looks_and_is_told_again(severity: Severity) -> None:
    text = inhibition_page.PATH.read_text()
    ((within, again),) = [row[2:4] for row in map(cells, text.splitlines()) if row[0] == severity]

    assert (within, again) == (severity.respond_within, REPEAT[severity])


def test_the_document_has_the_table_as_it_is() -> None:
    text = inhibition_page.PATH.read_text()

    assert text == inhibition_page.page(text), "run `python -m infra.observability.inhibition_page`"


def test_the_example_of_the_document_is_a_stack_that_tells_everyone() -> None:
    (example,) = [block.text for block in blocks(inhibition_page.PATH) if block.info == "yaml"]
    given = yaml.safe_load(example)["mlops:observability"]["alertmanager"]

    settings = told.alertmanager(**given)

    assert {receiver.kind for receiver in settings.receivers.values()} == {"slack", "email", "pagerduty", "webhook"}
    assert settings.heartbeat is not None
