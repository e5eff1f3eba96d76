"""The rules as Prometheus' file and the operator's object have them."""

from collections.abc import Sequence

import yaml

from infra.observability.alert import Alert
from infra.observability.recording import Recording


def rule_groups(alerts: Sequence[Alert], recordings: Sequence[Recording]) -> list[dict[str, object]]:
    """One group of alerts, one of recorded figures."""
    return [
        {"name": "mlops", "rules": [alert.rule() for alert in alerts]},
        {"name": "mlops-recorded", "rules": [recording.rule() for recording in recordings]},
    ]


def rule_file(alerts: Sequence[Alert], recordings: Sequence[Recording]) -> str:
    """The YAML that Prometheus reads."""
    return yaml.safe_dump({"groups": rule_groups(alerts, recordings)}, sort_keys=False)
