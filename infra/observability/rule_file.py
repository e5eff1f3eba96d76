"""The rules as Prometheus' file and the operator's object have them."""

from collections.abc import Sequence

import yaml

from infra.observability.alert import Alert
from infra.observability.recording import Recording

SLOWLY = "5m"


def rule_groups(alerts: Sequence[Alert], recordings: Sequence[Recording]) -> list[dict[str, object]]:
    """One group of alerts, one of recorded figures, and one of those that look at days."""
    often = [one.rule() for one in recordings if not one.slowly]
    slowly = [one.rule() for one in recordings if one.slowly]
    return [
        {"name": "mlops", "rules": [alert.rule() for alert in alerts]},
        {"name": "mlops-recorded", "rules": often},
        {"name": "mlops-recorded-slowly", "interval": SLOWLY, "rules": slowly},
    ]


def rule_file(alerts: Sequence[Alert], recordings: Sequence[Recording]) -> str:
    """The YAML that Prometheus reads."""
    return yaml.safe_dump({"groups": rule_groups(alerts, recordings)}, sort_keys=False)
