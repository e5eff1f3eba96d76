"""Settings of a stack that tells everyone."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from infra.settings.observability import AlertmanagerSettings
from infra.settings.secrets import CommonSecrets
from tests.support.settings import settings

KEY = "0123456789abcdef0123456789abcdef"
RECEIVERS: dict[str, Any] = {
    "team": {"kind": "slack", "severities": ["P0", "P1", "P2"]},
    "on-call": {"kind": "pagerduty", "severities": ["P0", "P1"]},
    "mail": {
        "kind": "email",
        "severities": ["P1", "P3"],
        "to": ["ops@example.org", "ada@example.org"],
        "sender": "mlops@example.org",
        "smarthost": "smtp.example.org:587",
        "username": "mlops",
    },
    "log": {"kind": "webhook", "severities": ["P0", "P1", "P2", "P3"]},
}
SECRETS = {
    "team": "https://hooks.slack.example.org/services/hidden-team",
    "on-call": KEY,
    "mail": "hidden-mail",
    "log": "http://log.example.org:8081/hidden-log",
}
HEARTBEAT = "https://beats.example.org/hidden-beat"


def given() -> dict[str, Any]:
    """Of `observability.alertmanager`, what such a stack adds."""
    return {"receivers": RECEIVERS, "heartbeat": {"seconds": 60}}


def alertmanager(**more: Any) -> AlertmanagerSettings:
    """Settings of Alertmanager; without `receivers` and `heartbeat` those of a stack that tells nobody."""
    resources = settings().observability.pushgateway.model_dump(by_alias=True)
    return AlertmanagerSettings.model_validate({"resources": resources, "storage": "1Gi", **more})


def secrets(receivers: dict[str, str], heartbeat: str | None = None) -> CommonSecrets:
    """Those of stack `local` with these."""
    return settings().secrets.model_copy(
        update={
            "alert_receivers": {name: SecretStr(value) for name, value in receivers.items()},
            "alert_heartbeat_url": SecretStr(heartbeat) if heartbeat else None,
        }
    )
