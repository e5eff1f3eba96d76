"""Certificates that end: read where clients read them, by the nightly backup, which reaches database and store."""

from infra.observability.alert import Alert, Severity
from infra.observability.pushed import kept

ALERTS: tuple[Alert, ...] = (
    Alert(
        "CertificateEndsSoon",
        Severity.P2,
        "The certificate of {{ $labels.name }} ends in {{ $value | humanizeDuration }}; after that clients refuse it.",
        # `mlops certs` has the same limit; `make up` renews what ends within 30 days.
        f"min by (name) {kept('mlops_certificate_expiry_timestamp_seconds')} - time() < 21 * 86400",
        after="5m",
    ),
)
