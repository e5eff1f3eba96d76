"""When each alert fires, to the step: what is just over its threshold, and what is just under it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.alerts import scenarios as told
from tests.alerts.scenario import looked_at
from tests.alerts.scenarios import METRICS_UP

HOUR = 60
DAY = 24 * HOUR


@dataclass(frozen=True)
class Moment:
    """`looks`: seconds → whether the alert fires then; rules are evaluated every `step` seconds."""

    alert: str
    story: str
    series: Mapping[str, str]
    looks: Mapping[int, bool]
    step: int

    def promtool_test(self) -> dict[str, Any]:
        return looked_at(self.alert, self.series, {f"{second}s": fires for second, fires in self.looks.items()})


def _fires(alert: str, story: str, series: Mapping[str, str], *, after: timedelta, step: int = 10) -> Moment:
    """At this moment, and not a step before it."""
    second = int(after.total_seconds())
    return Moment(alert, story, series, {second - step: False, second: True}, step)


def _silent(alert: str, story: str, series: Mapping[str, str], *, minutes: int, step: int = 60) -> Moment:
    return Moment(alert, story, series, {minutes * 60: False}, step)


def _ends(alert: str, story: str, series: Mapping[str, str], *, between: tuple[int, int], step: int = 60) -> Moment:
    """It fires at the first of these minutes, and no more at the second."""
    return Moment(alert, story, series, {between[0] * 60: True, between[1] * 60: False}, step)


def _minutes(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def _predicted(above: str, within: str) -> dict[str, str]:
    """All predictions take longer than the one and at most the other."""
    name = 'mlops_request_seconds_bucket{route="/predict",pod="a",le="%s"}'
    return {name % above: "0x60", name % within: "0+100x60", name % "+Inf": "0+100x60"}


def _failed(share: float, a_minute: float) -> dict[str, str]:
    """Of what the model servers are asked."""
    name = 'mlops_requests_total{route="/predict",status="%s",pod="a"}'
    return {name % 500: f"0+{share * a_minute:g}x60", name % 200: f"0+{(1 - share) * a_minute:g}x60"}


def _refused(share: float, a_minute: float) -> dict[str, str]:
    """Of what clients ask the gateway."""
    return told.answers(5, f"0+{share * a_minute:g}x60") | told.answers(2, f"0+{(1 - share) * a_minute:g}x60")


def _trainings(failed: int, well: int, *, began: tuple[int, int] = (0, 0)) -> dict[str, str]:
    """`began`: minute, of those that failed and of those that did not."""
    found: dict[str, str] = {}
    for number in range(failed + well):
        minute = began[number >= failed]
        found |= told.training(f"job-{number}", failed=number < failed, began=f"{minute * 60}x6000")
    return found


def _expires(minutes: int) -> dict[str, str]:
    """It is 21 days until then in so many minutes."""
    return {told.CERTIFICATE % "store": f"{21 * 86400 + minutes * 60}x60"}


def _slower(good: int, slow: int) -> dict[str, str]:
    """All predictions are fast for so many minutes, then so many of a hundred are not."""
    labels = 'route="/predict",pod="a"'
    return {
        f'mlops_request_seconds_bucket{{{labels},le="0.1"}}': f"0+100x{good} {100 * (good + 1) - slow}+{100 - slow}x90",
        f"mlops_request_seconds_count{{{labels}}}": "0+100x600",
    }


def _half_an_hour(series: Mapping[str, str]) -> dict[str, str]:
    return {name: values.replace("x600", "x29") for name, values in series.items()}


def _rolled_back(back: int, of: int) -> dict[str, str]:
    return told.rollouts("1d", of - back, back) | told.rollouts("3d", of - back, back)


_SERVING = METRICS_UP | {told.BLUE: "2x60", told.GREEN: "0x60"}

MOMENTS = (
    _fires("ModelServingDown", "no server", METRICS_UP | {told.BLUE: "0x60"}, after=_minutes(2)),
    _fires("ModelServingDown", "54 % fail", _SERVING | _refused(0.54, 1000), after=_minutes(3)),
    _silent("ModelServingDown", "46 % fail", _SERVING | _refused(0.46, 1000), minutes=20),
    _fires("ModelServingDown", "22 in two minutes", _SERVING | _refused(1, 11), after=_minutes(4), step=60),
    _fires("ChampionRefused", "refused", {'mlops_champion_refused{pod="a"}': "1x60"}, after=_minutes(2)),
    _fires("ModelErrorsHigh", "5.5 % fail", _failed(0.055, 1000), after=_minutes(6)),
    _silent("ModelErrorsHigh", "4.5 % fail", _failed(0.045, 1000), minutes=20),
    _fires("ModelErrorsHigh", "22 in five minutes", _failed(1, 4.4), after=_minutes(10), step=60),
    _silent("ModelErrorsHigh", "18 in five minutes", _failed(1, 3.6), minutes=20),
    _fires("ModelLatencyHigh", "220 ms", _predicted("0.2", "0.22"), after=_minutes(11)),
    _silent("ModelLatencyHigh", "less than 200 ms", _predicted("0.15", "0.2"), minutes=30),
    _fires("ModelResponsesSlow", "1.1 %", told.seconds(within=989, of=1000), after=_minutes(6)),
    _silent("ModelResponsesSlow", "0.9 %", told.seconds(within=991, of=1000), minutes=20),
    _fires("ModelResponsesSlow", "25 in five minutes", told.seconds(within=0, of=5), after=_minutes(9), step=60),
    _silent("ModelResponsesSlow", "15 in five minutes", told.seconds(within=0, of=3), minutes=20),
    _fires("RolloutAbandoned", "on Kubernetes", told.unended(k8s="0+60x600"), after=_minutes(36), step=60),
    _fires("RolloutAbandoned", "on SageMaker", told.unended(sagemaker="0+60x600"), after=_minutes(546), step=60),
    _fires("InferenceLogDropped", "five predictions", {told.DROPPED: "0 5x200"}, after=_minutes(6)),
    _ends("InferenceLogDropped", "an hour ago", {told.DROPPED: "0 5x200"}, between=(58, 62)),
    _fires("GatewayDown", "no replica", METRICS_UP | {told.GATEWAY: "0x60"}, after=_minutes(2)),
    _fires("GatewayErrorsHigh", "5.5 % fail", _refused(0.055, 1000), after=_minutes(6)),
    _silent("GatewayErrorsHigh", "4.5 % fail", _refused(0.045, 1000), minutes=20),
    _fires("GatewayErrorsHigh", "22 in five minutes", _refused(1, 4.4), after=_minutes(10), step=60),
    _silent("GatewayErrorsHigh", "18 in five minutes", _refused(1, 3.6), minutes=20),
    _fires("GatewayRateLimited", "1.1 %", told.limited(11, of=1000), after=_minutes(11)),
    _silent("GatewayRateLimited", "0.9 %", told.limited(9, of=1000), minutes=30),
    _fires("TrackingUnreachable", "no replica", METRICS_UP | {told.MLFLOW: "0x60"}, after=_minutes(2)),
    _fires("TrackingDatabaseErrors", "six", {told.DATABASE_ERRORS: "0 6x60"}, after=_minutes(4)),
    _silent("TrackingDatabaseErrors", "five", {told.DATABASE_ERRORS: "0 5x60"}, minutes=8),
    _fires("DatabaseDown", "no server", METRICS_UP | {told.POSTGRES: "0x60"}, after=_minutes(2)),
    _fires("DatabaseTransactionIdsHigh", "1.1 billion", told.ages(a="1100000000x60"), after=_minutes(5)),
    _silent("DatabaseTransactionIdsHigh", "0.9 billion", told.ages(a="900000000x60"), minutes=20),
    _fires("DatabaseConnectionsHigh", "85 %", told.connections(used="85x60"), after=_minutes(20)),
    _silent("DatabaseConnectionsHigh", "75 %", told.connections(used="75x60"), minutes=40),
    _ends(
        "DatabaseConnectionsHigh",
        "looked at 45 minutes ago",
        told.connections(used="90x90", looked="0x90"),
        between=(44, 46),
    ),
    _fires("StoreDown", "no store", METRICS_UP | {told.STORE: "0x60"}, after=_minutes(2)),
    _fires("ClusterMetricsMissing", "no target", {}, after=_minutes(5)),
    _fires("TrainingFailures", "11 of 20", _trainings(11, 9), after=_minutes(1)),
    _silent("TrainingFailures", "9 of 20", _trainings(9, 11), minutes=20),
    _ends("TrainingFailures", "six hours ago", _trainings(1, 0), between=(6 * HOUR - 5, 6 * HOUR + 5)),
    _fires(
        "TrainingFailures",
        "two that were well are six hours ago",
        _trainings(2, 2, began=(5 * HOUR, 0)),
        after=_minutes(6 * HOUR + 1),
        step=60,
    ),
    _fires("TuningTooLong", "four hours", told.tuning("a", "running"), after=timedelta(hours=4, seconds=70)),
    _fires("DataDrifted", "features moved", told.drift("data", 1), after=_minutes(5)),
    _ends("DataDrifted", "two days ago", told.drift("data", 1), between=(2 * DAY - 5, 2 * DAY + 5), step=300),
    _fires("ModelPerformanceLow", "bad", {told.bad("a"): "1x60"}, after=_minutes(5)),
    _fires("AccuracyLow", "220 outcomes", told.accuracy(0.79, served="2", rows=220), after=_minutes(5)),
    _silent("AccuracyLow", "180 outcomes", told.accuracy(0.79, served="2", rows=180), minutes=20),
    _fires("RetrainingFailed", "failed", told.ended("failed", 100), after=_minutes(5)),
    _fires("CronJobMissed", "every ten minutes", told.failing(), after=timedelta(minutes=45, seconds=50)),
    _fires("BackupTooOld", "26 hours", {told.SET: "0x6000"}, after=_minutes(26 * HOUR + 8), step=120),
    _fires("BackupNotVerified", "26 hours", {told.VERIFIED: "0x6000"}, after=_minutes(26 * HOUR + 8), step=120),
    _fires("BackupCopyTooOld", "27 hours", {told.COPIED: "0x6000"}, after=_minutes(27 * HOUR + 12), step=120),
    _fires("BackupDrillFailed", "bad", {told.GOOD: "0x60"}, after=_minutes(5)),
    _fires("BackupNotDrilled", "50 hours", {told.DRILLED: "0x6000"}, after=_minutes(50 * HOUR + 8), step=120),
    _fires("WalArchiveLate", "four minutes", {told.KEPT: "0x60"}, after=timedelta(seconds=310)),
    _fires("WalArchiveLate", "none in a quarter of an hour", {told.PUSHGATEWAY: "0x60"}, after=timedelta(seconds=970)),
    _fires("WalBaseTooOld", "50 hours", {told.BASE: "0x6000"}, after=_minutes(50 * HOUR + 8), step=120),
    _fires("CertificateEndsSoon", "21 days", _expires(10), after=timedelta(minutes=15, seconds=10)),
    _fires("PodDown", "not ready", told.pod(ready=0), after=_minutes(10)),
    _fires("PodCrashLooping", "waits", {told.WAITS: "1x60"}, after=_minutes(5)),
    _fires("MemoryNearLimit", "91 %", told.memory(91), after=_minutes(5)),
    _silent("MemoryNearLimit", "89 %", told.memory(89), minutes=20),
    _fires("VolumeNearlyFull", "9 % are free", told.volume(9), after=_minutes(5)),
    _silent("VolumeNearlyFull", "11 % are free", told.volume(11), minutes=20),
    _fires("NodeDiskNearlyFull", "9 % are free", told.disk(9), after=_minutes(5)),
    _silent("NodeDiskNearlyFull", "11 % are free", told.disk(11), minutes=20),
    _fires("SloBurnsFast", "78 % of an hour, 12 % of six", _slower(5 * HOUR, 78), after=_minutes(359), step=60),
    _fires("SloBurnsFast", "33 % of six hours", told.predictions(fast=67, slow=33), after=timedelta(seconds=190)),
    _silent("SloBurnsFast", "27 % of six hours", told.predictions(fast=73, slow=27), minutes=60),
    _fires("SloBurnsFast", "24 in an hour", told.predictions(fast=0, slow=0.4), after=_minutes(54), step=60),
    _silent("SloBurnsFast", "16 in an hour", told.predictions(fast=0, slow=0.25), minutes=90),
    _fires("SloBurnsSlowly", "6 % of three days", told.predictions(fast=94, slow=6), after=_minutes(17), step=60),
    _silent("SloBurnsSlowly", "4 % of three days", told.predictions(fast=96, slow=4), minutes=60),
    _fires("SloBurnsSlowly", "116", _half_an_hour(told.predictions(fast=0, slow=4)), after=_minutes(41), step=60),
    _silent("SloBurnsSlowly", "81", _half_an_hour(told.predictions(fast=0, slow=2.8)), minutes=90),
    _fires("SloBurnsSlowly", "7 % of rollouts", _rolled_back(14, of=200), after=_minutes(16), step=60),
    _silent("SloBurnsSlowly", "5 % of rollouts", _rolled_back(10, of=200), minutes=40),
    _fires("SloBurnsSlowly", "4 of 24 rollouts", _rolled_back(4, of=24), after=_minutes(16), step=60),
    _silent("SloBurnsSlowly", "4 of 16 rollouts", _rolled_back(4, of=16), minutes=40),
    _fires("SloBudgetSpent", "6 %", told.predictions(fast=94, slow=6), after=_minutes(17), step=60),
    _silent("SloBudgetSpent", "4 %", told.predictions(fast=96, slow=4), minutes=60),
    _fires("AlertsNotDelivered", "1.6 times", told.undelivered("slack", "0 1.6x60"), after=_minutes(2)),
    _silent("AlertsNotDelivered", "1.4 times", told.undelivered("slack", "0 1.4x60"), minutes=8),
)
