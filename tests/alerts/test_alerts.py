"""Every alert fires when it should and keeps silent when it should, as Prometheus' own promtool judges."""

from pathlib import Path

import pytest

from infra.observability.alert import Alert
from infra.observability.rule_file import rule_file
from infra.observability.rules import ALERTS, RECORDINGS
from tests.alerts.moments import MOMENTS
from tests.alerts.scenario import Scenario, every, judged
from tests.alerts.scenarios import SCENARIOS
from tests.support import promtool

REPOSITORY = Path(__file__).parents[2]
# A dead man's switch that could be silent would be none.
ALWAYS_FIRING = {"Watchdog"}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.alert}: {s.story}")
def test_an_alert_fires_exactly_when_its_story_says_so(scenario: Scenario, tmp_path: Path) -> None:
    (alert,) = (alert for alert in ALERTS if alert.name == scenario.alert)

    said = judged(tmp_path, (alert,), alert.expr, every(scenario.at), scenario.promtool_test())

    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("alert", [alert for alert in ALERTS if alert.name not in ALWAYS_FIRING], ids=lambda a: a.name)
def test_an_alert_fires_at_its_moment_and_not_a_step_before(alert: Alert, tmp_path: Path) -> None:
    """So that no threshold and no duration is another than the one that is meant."""
    moments = [moment for moment in MOMENTS if moment.alert == alert.name]
    assert any(True in moment.looks.values() for moment in moments)

    for step in {moment.step for moment in moments}:
        told = (moment.promtool_test() for moment in moments if moment.step == step)
        said = judged(tmp_path, (alert,), alert.expr, f"{step}s", *told)

        assert said.returncode == 0, said.stdout + said.stderr


def test_promtool_accepts_the_rule_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(rule_file(ALERTS, RECORDINGS))

    checked = promtool.run("promtool", "check", "rules", rules)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("fires", [True, False], ids=["firing", "silent"])
def test_every_alert_has_a_firing_and_a_silent_story(fires: bool) -> None:
    told = {scenario.alert for scenario in SCENARIOS if scenario.fires is fires}

    assert told == {alert.name for alert in ALERTS} - (set() if fires else ALWAYS_FIRING)


def test_alert_names_are_unique() -> None:
    names = [alert.name for alert in ALERTS]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_runbook_that_says_what_to_do(alert: Alert) -> None:
    runbook = REPOSITORY / alert.runbook

    text = runbook.read_text()

    for heading in ("## What it means", "## How to see it", "## What to do"):
        assert heading in text, f"{runbook} has no section {heading!r}"
