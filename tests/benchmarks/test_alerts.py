"""What the drill of alerts rests on: what was told is judged one by one, and the stack is given back as it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from benchmarks.alert_breaks import Breaks
from benchmarks.alert_course import AFTER, MENDED, OVER, Course
from benchmarks.alert_news import FIRING, RESOLVED, Notice, Seen, first, longest, missed, problems, report
from benchmarks.alert_receiver import ALERTS, BEATS, KEPT, Before, knowing, put_back, telling
from infra.observability import rules
from infra.settings.load import PROJECT, parse
from local.cluster.wait import until
from local.errors import LocalError
from local.platform.stack_config import read_committed
from tests.support.platform import Platform
from tests.support.receivers import Receivers
from tests.support.settings import raw

DOWN = [Notice(100, "GatewayDown", FIRING, "P0"), Notice(300, "GatewayDown", RESOLVED, "P0")]
BURNS = Notice(150, "SloBurnsFast", FIRING, "P2")


def test_a_break_that_is_told_once_and_is_over_once_is_right_also_with_a_budget_that_burns() -> None:
    assert problems([*DOWN, BURNS], {"GatewayDown"}, ()) == []


@pytest.mark.parametrize("lost", DOWN)
def test_a_notice_that_did_not_come_is_found(lost: Notice) -> None:
    assert problems([one for one in DOWN if one != lost], {"GatewayDown"}, ()) == [
        f"GatewayDown, {lost.status}: told 0 times, expected once"
    ]


def test_an_alert_that_is_told_twice_is_found() -> None:
    assert problems([*DOWN, *DOWN], {"GatewayDown"}, ()) == [
        "GatewayDown, firing: told 2 times, expected once",
        "GatewayDown, resolved: told 2 times, expected once",
    ]


def test_another_alert_is_found_unless_it_was_true_before() -> None:
    other = Notice(120, "PodDown", FIRING, "P2")
    assert problems([*DOWN, other], {"GatewayDown"}, ()) == [
        "PodDown, firing: told, and nothing that was broken is its reason"
    ]
    assert problems([*DOWN, other], {"GatewayDown"}, {"PodDown"}) == []


def test_the_end_of_what_was_told_before_the_drill_is_no_news_of_it() -> None:
    end = Notice(500, "TrackingDatabaseErrors", RESOLVED, "P2")
    assert problems([*DOWN, end], {"GatewayDown"}, ()) == []
    assert len(problems([*DOWN, Notice(400, end.alert, FIRING, "P2"), end], {"GatewayDown"}, ())) == 2


def test_a_notice_at_the_wrong_severity_or_of_an_alert_that_is_not_ours_is_found() -> None:
    wrong = [Notice(1, "GatewayDown", FIRING, "P2"), Notice(2, "Trial", FIRING, "P2")]
    found = problems([*DOWN, *wrong], {"GatewayDown"}, {"Trial"})
    assert "GatewayDown: told as P2, and is P0" in found
    assert "Trial: told as P2, and is no alert of ours" in found


def test_a_notice_is_what_alertmanager_posts() -> None:
    body = {
        "status": "firing",
        "groupLabels": {"alertname": "GatewayDown"},
        "commonLabels": {"alertname": "GatewayDown", "severity": "P0"},
    }
    assert Notice.read(100, body) == DOWN[0]


def test_only_what_was_told_since_the_break_counts() -> None:
    assert first(DOWN, "GatewayDown", FIRING, 50) == 100
    assert first(DOWN, "GatewayDown", FIRING, 101) is None


def test_three_beats_that_are_missed_are_found_also_at_the_end() -> None:
    assert longest([0, 20, 45], 60) == 25
    assert missed([0, 20, 40], 99, 20) == []
    assert missed([0, 20, 40], 101, 20) == ["no beat of the watchdog for 61 s: wanted is one every 20 s"]
    assert missed([], 101, 20) != []


def test_the_report_has_each_break_in_the_order_of_its_alert() -> None:
    seen = [Seen("no database", "DatabaseDown", 200, 190), Seen("no gateway", "GatewayDown", 190, 433)]
    told = report(seen, [*DOWN, BURNS], "Beats.", "Measured.")
    assert told.index("GatewayDown") < told.index("DatabaseDown")
    assert "budget of the month: `SloBurnsFast`." in told
    assert "| no gateway | `GatewayDown` | 190 s | 433 s |" in told


def test_every_part_has_a_break_with_an_alert_of_its_own() -> None:
    breaks = Breaks(Platform(SimpleNamespace(), ""), {})  # type: ignore[arg-type]
    alerts = [breaks.of(part).alert for part in AFTER]
    assert len(set(alerts)) == len(AFTER) == 8
    assert set(alerts) <= {alert.name for alert in rules.ALERTS}


def test_drift_is_over_when_a_check_finds_none_and_not_when_its_figures_are_gone() -> None:
    pushed: list[str] = []

    def kubectl(*_: str, given: str) -> None:
        pushed.extend(line for line in given.splitlines() if "detected{" in line)

    drift = Breaks(SimpleNamespace(kubectl=kubectl), {}).drift()  # type: ignore[arg-type]
    drift.do()
    drift.undo()
    assert pushed == ['mlops_drift_detected{part="data"} 1', 'mlops_drift_detected{part="data"} 0']


def test_a_part_waits_until_those_before_it_have_come_so_far() -> None:
    begun: list[str] = []
    gate = threading.Event()
    course = Course(("training", "tracking", "database"))

    def drill(part: str) -> None:
        begun.append(part)
        if part == "training":
            course.reached(part, MENDED)
            gate.wait(5)
        if part == "tracking":
            gate.set()

    course.run(drill)
    assert begun == ["training", "tracking", "database"]


def test_a_part_that_fails_keeps_no_other_from_its_turn_and_is_told_at_the_end() -> None:
    begun: list[str] = []

    def drill(part: str) -> None:
        begun.append(part)
        if part == "serving":
            raise AssertionError("kubectl says no")

    with pytest.raises(AssertionError, match="kubectl says no"):
        Course(("serving", "disk")).run(drill)
    assert begun == ["serving", "disk"]


def test_nothing_more_is_broken_once_the_drill_is_to_end() -> None:
    begun: list[str] = []
    course = Course(("training", "tracking"))

    def drill(part: str) -> None:
        begun.append(part)
        course.stop()
        course.go_on()

    course.run(drill)
    assert begun == ["training"]


def test_ctrl_c_ends_every_wait_and_what_is_broken_is_mended_before_the_drill_ends() -> None:
    mended: list[str] = []
    course = Course(("serving", "gateway", "slow"))
    both = threading.Barrier(2)

    def drill(part: str) -> None:
        try:
            if both.wait(5) == 0:
                os.kill(os.getpid(), signal.SIGINT)
            until("an alert", course.go_on, seconds=10)
        finally:
            mended.append(part)

    with pytest.raises(KeyboardInterrupt):
        course.run(drill)
    assert sorted(mended) == ["gateway", "serving"]


def test_what_a_part_waits_for_is_a_part_that_waits_for_nothing_of_it() -> None:
    for part, needs in AFTER.items():
        for before, how in needs:
            assert before in AFTER
            assert how in {MENDED, OVER}
            assert part not in {one for one, _ in AFTER[before]}


def test_the_settings_of_the_drill_are_those_of_any_user_and_tell_nobody_else() -> None:
    heard = Receivers("10.213.0.1", 4711)
    given: dict[str, Any] = {"config": {f"{PROJECT}{domain}": values for domain, values in raw().items()}}
    real = {"team": {"kind": "slack", "severities": ["P0", "P1"]}}
    given["config"]["mlops:observability"]["alertmanager"]["receivers"] = real
    changed = telling(given)
    secrets = knowing({**given["config"]["mlops:secrets"], "alertReceivers": {"team": "https://s.example.org"}}, heard)
    changed["config"]["mlops:secrets"] = secrets

    parse("local", {name.removeprefix(PROJECT): values for name, values in changed["config"].items()})
    assert list(changed["config"]["mlops:observability"]["alertmanager"]["receivers"]) == ["drill"]
    assert secrets["alertReceivers"] == {"drill": f"http://10.213.0.1:4711{ALERTS}"}
    assert secrets["alertHeartbeatUrl"].endswith(BEATS)
    assert given["config"]["mlops:observability"]["alertmanager"]["receivers"] == real


class Engine:
    """The engine, of which only the stack file and failures matter here."""

    def __init__(self, folder: Path, *, fails: bool = False) -> None:
        self.folder, self.config_file, self.fails = folder, folder / "Pulumi.local.yaml", fails

    def prepare(self) -> None:
        """Nothing is left."""

    def follow(self, *_: str, show: Callable[[str], None]) -> list[str]:
        if self.fails:
            raise LocalError("the cluster is away")
        show("done")
        return []


def test_how_the_instance_was_is_kept_until_the_stack_is_as_it_was(tmp_path: Path) -> None:
    before = Before(yaml.safe_dump(read_committed()), {"ml-serving/deployment/gateway": 2})
    before.keep(tmp_path)
    (tmp_path / "Pulumi.local.yaml").write_text("changed")
    assert (tmp_path / KEPT).stat().st_mode & 0o077 == 0

    with pytest.raises(LocalError, match="away"):
        put_back(Engine(tmp_path, fails=True), before, lambda _: None)  # type: ignore[arg-type]
    kept = Before.kept(tmp_path)
    assert kept == before

    put_back(Engine(tmp_path), kept, lambda _: None)  # type: ignore[arg-type]
    assert (tmp_path / "Pulumi.local.yaml").read_text() == before.config
    assert Before.kept(tmp_path) is None
