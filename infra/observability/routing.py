"""Who hears of an alert and how often: Alertmanager's configuration file."""

from collections.abc import Mapping, Sequence

import yaml

from infra.observability import receivers
from infra.observability.alert import Severity
from infra.observability.inhibition import CONSEQUENCES, inhibit_rules
from infra.settings.observability import AlertmanagerSettings
from infra.settings.receivers import HeartbeatSettings

REPEAT = {Severity.P0: "15m", Severity.P1: "1h", Severity.P2: "12h", Severity.P3: "24h"}
# A consequence can be seen one evaluation before its cause (30 s, 60 s at most): told at once, both would be told.
WAITS = "90s"
WATCHDOG = "Watchdog"
# Several in each step in which SNS counts them.
BEATS = HeartbeatSettings(seconds=60)

Sends = Mapping[str, Sequence[Mapping[str, object]]]


def alertmanager_config(settings: AlertmanagerSettings) -> str:
    """One receiver for each severity, that tells everyone who takes it, and one for the heartbeat."""
    told: dict[str, Sends] = {severity: receivers.told_at(severity, settings.receivers) for severity in Severity}
    if settings.heartbeat:
        told[receivers.HEARTBEAT] = receivers.heartbeat()
    return yaml.safe_dump(_config(told, settings.heartbeat), sort_keys=False)


def sns_config(topics: Mapping[str, str], beats: str, region: str) -> str:
    """The definition that Amazon Managed Prometheus takes: each severity goes to its topic (ARN), the watchdog to one
    of its own.
    """
    told: dict[str, Sends] = {severity: receivers.sns(topics[severity], region) for severity in Severity}
    told[receivers.HEARTBEAT] = receivers.sns(beats, region, over=False)
    return yaml.safe_dump({"alertmanager_config": yaml.safe_dump(_config(told, BEATS), sort_keys=False)})


def _config(told: Mapping[str, Sends], heartbeat: HeartbeatSettings | None) -> dict[str, object]:
    return {
        "route": {
            "receiver": Severity.P3.value,
            "group_by": ["alertname"],
            "group_wait": "10s",
            "group_interval": "1m",
            "routes": [*([_beating(heartbeat.seconds)] if heartbeat else []), *map(_route, Severity)],
        },
        "inhibit_rules": inhibit_rules(),
        "receivers": [{"name": str(name), **sends} for name, sends in told.items()],
    }


def _route(severity: Severity) -> dict[str, object]:
    return {
        "receiver": severity.value,
        "matchers": [f'severity="{severity}"'],
        "repeat_interval": REPEAT[severity],
        "routes": [{"matchers": [f'alertname=~"{"|".join(CONSEQUENCES)}"'], "group_wait": WAITS}],
    }


def _beating(seconds: int) -> dict[str, object]:
    return {
        "receiver": receivers.HEARTBEAT,
        "matchers": [f'alertname="{WATCHDOG}"'],
        "group_wait": "0s",
        "group_interval": f"{seconds}s",
        # Shorter than the interval at which it is looked at, so that every look is a beat.
        "repeat_interval": f"{seconds // 2}s",
    }
