"""Who hears of an alert and how often: Alertmanager's configuration file."""

from collections.abc import Mapping

import yaml

from infra.observability.alert import Severity

# A cause silences its consequences, so that one outage is one notification.
CONSEQUENCES: dict[str, tuple[str, ...]] = {
    "DatabaseDown": ("TrackingUnreachable",),
    "StoreDown": ("TrackingUnreachable",),
    "ModelServingDown": ("ModelErrorsHigh", "ModelLatencyHigh"),
}
REPEAT = {Severity.P0: "15m", Severity.P1: "1h", Severity.P2: "12h", Severity.P3: "24h"}


def alertmanager_config() -> str:
    """One receiver for each severity. They send nothing yet: alerts are read in Alertmanager itself."""
    return yaml.safe_dump(_config({severity: {} for severity in Severity}), sort_keys=False)


def sns_config(topics: Mapping[str, str], region: str) -> str:
    """The definition that Amazon Managed Prometheus takes: each severity goes to its topic (ARN)."""
    receivers: dict[Severity, dict[str, object]] = {
        severity: {
            "sns_configs": [
                {
                    "topic_arn": topics[severity],
                    "sigv4": {"region": region},
                    "subject": "[{{ .CommonLabels.severity }}] {{ .CommonLabels.alertname }}",
                    "send_resolved": True,
                }
            ]
        }
        for severity in Severity
    }
    return yaml.safe_dump({"alertmanager_config": yaml.safe_dump(_config(receivers), sort_keys=False)})


def _config(receivers: Mapping[Severity, Mapping[str, object]]) -> dict[str, object]:
    return {
        "route": {
            "receiver": Severity.P3.value,
            "group_by": ["alertname"],
            "group_wait": "10s",
            "group_interval": "1m",
            "routes": [
                {"receiver": severity.value, "matchers": [f'severity="{severity}"'], "repeat_interval": repeat}
                for severity, repeat in REPEAT.items()
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{cause}"'],
                "target_matchers": [f'alertname=~"{"|".join(consequences)}"'],
            }
            for cause, consequences in CONSEQUENCES.items()
        ],
        "receivers": [{"name": severity.value, **sends} for severity, sends in receivers.items()],
    }
