"""A real Alertmanager with the platform's routes tells those who should hear, and one outage once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.observability.inhibition import CAUSES
from infra.observability.receivers import HEARTBEAT_FILE
from infra.observability.routing import alertmanager_config
from infra.observability.rules import ALERTS
from tests.support import told
from tests.support.alertmanager import CASE, Alertmanager, alertmanager
from tests.support.receivers import REVOKED, Mails, Receivers, mails, receivers

ALERT = {alert.name: alert for alert in ALERTS}


@dataclass(frozen=True)
class Place:
    """A running Alertmanager and everyone it may tell."""

    server: Alertmanager
    told: Receivers
    mails: Mails

    def names(self, status: str = "firing", path: str = "/log") -> list[str]:
        """What the webhook heard of, in order."""
        bodies = [body for body in self.told.at(path) if body["status"] == status]
        return [alert["labels"]["alertname"] for body in bodies for alert in body["alerts"]]

    def cases(self, status: str = "firing") -> list[tuple[str, str]]:
        """Case and alert of each notification."""
        bodies = [body for body in self.told.at("/log") if body["status"] == status]
        return sorted((body["groupLabels"]["case"], body["groupLabels"]["alertname"]) for body in bodies)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with receivers() as listening, mails() as post:
        wanted: dict[str, Any] = told.given()
        wanted["receivers"] = {
            "team": told.RECEIVERS["team"],
            "on-call": told.RECEIVERS["on-call"] | {"url": listening.url("/pagerduty")},
            "mail": told.RECEIVERS["mail"] | {"smarthost": f"127.0.0.1:{post.port}", "requireTls": False},
            "log": told.RECEIVERS["log"],
        }
        files = {
            "team": listening.url("/slack"),
            "on-call": told.KEY,
            "mail": "hidden-mail",
            "log": listening.url("/log"),
            HEARTBEAT_FILE: listening.url("/beat"),
        }
        with alertmanager(tmp_path, alertmanager_config(told.alertmanager(**wanted)), files) as server:
            yield Place(server, listening, post)


def test_each_kind_of_receiver_is_told_of_an_alert_and_of_its_end(place: Place) -> None:
    alert = ALERT["TrackingUnreachable"]
    place.server.fire(alert)
    place.server.wait(lambda: place.names() and place.told.at("/slack") and place.told.at("/pagerduty"), "being told")
    place.server.wait(lambda: len(place.mails.sent) == 1, "a mail")
    place.server.fire(alert, over=True)
    place.server.wait(lambda: place.names("resolved"), "being told that it is over")
    place.server.wait(lambda: len(place.told.at("/pagerduty")) == 2 and len(place.mails.sent) == 2, "PagerDuty, mail")

    assert place.server.failed() == 0
    ([page], *_) = [one["attachments"] for one in place.told.at("/slack")]
    assert page["title"] == "[P1] TrackingUnreachable"
    assert f"{alert.summary}\nWhat to do: {alert.runbook}" in page["text"]
    opened, closed = place.told.at("/pagerduty")
    assert (opened["event_action"], closed["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == closed["dedup_key"]
    assert (opened["routing_key"], opened["payload"]["severity"]) == (told.KEY, "error")
    assert place.mails.logins == ["\0mlops\0hidden-mail"] * 2
    (to, mail), _ = place.mails.sent
    assert to == ("ops@example.org", "ada@example.org")
    assert "Subject: [P1] TrackingUnreachable" in mail


def test_whoever_does_not_take_a_severity_hears_nothing_of_it(place: Place) -> None:
    place.server.fire(ALERT["DataDrifted"])
    place.server.wait(lambda: place.names() and place.told.at("/slack"), "the two who take P2")

    assert (place.told.at("/pagerduty"), place.mails.sent) == ([], [])


def _about(case: str, matcher: str) -> dict[str, str]:
    """Labels of an alert of this case that the matcher is true of."""
    name, _, value = matcher.replace('"', "").partition("=")
    return {CASE: case} | ({name: value} if name else {})


def test_one_outage_is_told_once_even_when_a_consequence_is_seen_first(place: Place) -> None:
    """Each row of the table as a case of its own, all at once."""
    rows = {f"{number} {cause.alert}": cause for number, cause in enumerate(CAUSES)}
    for case, cause in rows.items():
        place.server.fire(*(ALERT[name] for name in cause.consequences), about=_about(case, cause.of))
        place.server.fire(ALERT[cause.alert], about=_about(case, cause.where))
    place.server.wait(lambda: len(place.names()) >= len(rows), "the causes")
    # Each has been due twice.
    due = 2 * sum(len(cause.consequences) for cause in CAUSES)
    place.server.wait(lambda: place.server.suppressed() >= due, "the consequences to be due")
    for case, cause in rows.items():
        place.server.fire(*(ALERT[name] for name in cause.consequences), over=True, about=_about(case, cause.of))
    consequences = {name for cause in CAUSES for name in cause.consequences} - {cause.alert for cause in CAUSES}
    place.server.wait(lambda: not place.server.firing() & consequences, "the consequences to be over")
    for case, cause in rows.items():
        place.server.fire(ALERT[cause.alert], over=True, about=_about(case, cause.where))
    place.server.wait(lambda: len(place.names("resolved")) >= len(rows), "the ends of the causes")

    expected = sorted((case, cause.alert) for case, cause in rows.items())
    assert place.cases() == expected
    assert place.cases("resolved") == expected


def test_a_consequence_without_its_cause_is_told(place: Place) -> None:
    place.server.fire(ALERT["ModelErrorsHigh"])
    place.server.wait(lambda: place.names(), "being told")

    assert place.names() == ["ModelErrorsHigh"]


@pytest.mark.parametrize(
    ("other", "label", "own"),
    [
        ("CronJobMissed", {"cronjob": "drift-check"}, "BackupTooOld"),
        ("CronJobMissed", {"cronjob": "backup"}, "BackupNotVerified"),
        ("BackupTooOld", {}, "BackupNotVerified"),
        ("ModelPerformanceLow", {"model": "b"}, "AccuracyLow"),
        ("ModelServingDown", {}, "SloBurnsFast"),
    ],
)
def test_what_happens_to_something_else_is_no_cause(other: str, label: dict[str, str], own: str, place: Place) -> None:
    place.server.fire(ALERT[other], about=label)
    place.server.fire(ALERT[own], about={"model": "a"} if "model" in label else {})
    place.server.wait(lambda: len(place.names()) == 2, "both to be told")

    assert sorted(place.names()) == sorted([other, own])
    assert place.server.suppressed() == 0


def test_the_watchdog_beats_and_tells_nobody_else(place: Place) -> None:
    place.server.fire(ALERT["Watchdog"])
    place.server.wait(lambda: len(place.told.at("/beat")) >= 3, "three beats")

    assert {one.path for one in place.told.told} == {"/beat"}
    assert place.mails.sent == []


def test_a_receiver_whose_address_was_revoked_keeps_no_other_from_being_told_and_is_counted(tmp_path: Path) -> None:
    with receivers() as listening:
        wanted = {name: told.RECEIVERS[name] for name in ("team", "log")}
        files = {"team": listening.url(REVOKED), "log": listening.url("/log")}
        config = alertmanager_config(told.alertmanager(receivers=wanted))
        with alertmanager(tmp_path, config, files) as server:
            server.fire(ALERT["GatewayDown"])
            server.wait(lambda: listening.at("/log"), "the other to be told")
            # AlertsNotDelivered reads this.
            server.wait(server.failed, "the failure to be counted")


def test_a_new_secret_in_its_file_is_used_without_a_restart(tmp_path: Path) -> None:
    with receivers() as listening:
        config = alertmanager_config(told.alertmanager(receivers={"log": told.RECEIVERS["log"]}))
        with alertmanager(tmp_path, config, {"log": listening.url("/old")}) as server:
            server.fire(ALERT["GatewayDown"])
            server.wait(lambda: listening.at("/old"), "the old address")
            (tmp_path / "log").write_text(listening.url("/new"))
            server.fire(ALERT["ChampionRefused"])
            server.wait(lambda: listening.at("/new"), "the new address")
