"""Who hears of an alert and how often: Alertmanager's configuration file."""

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
    return yaml.safe_dump(
        {
            "route": {
                "receiver": Severity.P3.value,
                "group_by": ["alertname"],
                "group_wait": "10s",
                "group_interval": "1m",
                "routes": [
                    {
                        "receiver": severity.value,
                        "matchers": [f'severity="{severity}"'],
                        "repeat_interval": repeat,
                    }
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
            "receivers": [{"name": severity.value} for severity in Severity],
        },
        sort_keys=False,
    )
