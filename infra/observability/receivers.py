"""How each kind of receiver is told, in Alertmanager's words. Secrets are files: only their paths stand here."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.foundation.addresses import Outside
from infra.observability.alert import Severity
from infra.settings.receivers import EmailReceiver, PagerDutyReceiver, Receiver, SlackReceiver, WebhookReceiver
from infra.settings.secrets import CommonSecrets

FOLDER = "/etc/alertmanager-secrets"
HEARTBEAT = "heartbeat"
# No receiver of a user can have this name: it begins with no letter.
HEARTBEAT_FILE = f"_{HEARTBEAT}"
SUBJECT = '[{{ .CommonLabels.severity }}{{ if eq .Status "resolved" }}, over{{ end }}] {{ .CommonLabels.alertname }}'
TEXT = "{{ range .Alerts }}{{ .Annotations.summary }}\nWhat to do: {{ .Annotations.runbook }}\n{{ end }}"
# What PagerDuty calls them.
URGENCY = {Severity.P0: "critical", Severity.P1: "error", Severity.P2: "warning", Severity.P3: "info"}
SECURE, PLAIN = 443, 80

Config = dict[str, object]


def told_at(severity: Severity, receivers: Mapping[str, Receiver]) -> dict[str, list[Config]]:
    """Everyone who hears of alerts of this severity, by kind: one that cannot be reached keeps no other from it."""
    told: dict[str, list[Config]] = {}
    for name, receiver in receivers.items():
        if severity in receiver.severities:
            told.setdefault(f"{receiver.kind}_configs", []).append(_config(name, receiver, severity))
    return told


def heartbeat() -> dict[str, list[Config]]:
    """Who misses the watchdog. That it stopped is not sent: the server at the other end knows by itself."""
    return {"webhook_configs": [{"url_file": f"{FOLDER}/{HEARTBEAT_FILE}", "send_resolved": False}]}


def sns(topic: str, region: str, *, over: bool = True) -> dict[str, list[Config]]:
    """A topic (ARN); `over`: it is also told when an alert is over."""
    how = {"topic_arn": topic, "sigv4": {"region": region}, "subject": SUBJECT, "send_resolved": over}
    return {"sns_configs": [how]}


def _config(name: str, receiver: Receiver, severity: Severity) -> Config:
    file = f"{FOLDER}/{name}"
    match receiver:
        case SlackReceiver():
            colour = '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'
            how: Config = {"api_url_file": file, "title": SUBJECT, "text": TEXT, "color": colour}
        case EmailReceiver():
            login: Config = {"auth_username": receiver.username, "auth_password_file": file}
            how = {
                "to": ", ".join(receiver.to),
                "from": receiver.sender,
                "smarthost": receiver.smarthost,
                "require_tls": receiver.require_tls,
                "headers": {"Subject": SUBJECT},
                **(login if receiver.username else {}),
            }
        case PagerDutyReceiver():
            how = {
                "routing_key_file": file,
                "url": receiver.url,
                "severity": URGENCY[severity],
                "description": f"{SUBJECT}: {{{{ .CommonAnnotations.summary }}}}",
            }
        case WebhookReceiver():
            how = {"url_file": file}
    return {**how, "send_resolved": True}


def files(receivers: Mapping[str, Receiver], secrets: CommonSecrets, *, beats: bool) -> dict[str, str]:
    """File name → what stands in it; no more than what these receivers need."""
    own = {name: secret.get_secret_value() for name, secret in secrets.alert_receivers.items() if name in receivers}
    url = secrets.alert_heartbeat_url
    return own | ({HEARTBEAT_FILE: url.get_secret_value()} if beats and url else {})


def reached(receivers: Mapping[str, Receiver], given: Mapping[str, str]) -> tuple[Outside, ...]:
    """Where Alertmanager must be let out: any address, because such services change theirs, at these ports."""
    ports = {_port(receiver, given.get(name, "")) for name, receiver in receivers.items()}
    if HEARTBEAT_FILE in given:
        ports.add(_port_of(given[HEARTBEAT_FILE]))
    return tuple(Outside(f"receivers-{port}", ("0.0.0.0/0",), port) for port in sorted(ports))


def _port(receiver: Receiver, secret: str) -> int:
    match receiver:
        case EmailReceiver():
            return int(receiver.smarthost.rpartition(":")[2])
        case PagerDutyReceiver():
            return _port_of(receiver.url)
        case _:
            return _port_of(secret)


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (SECURE if parts.scheme == "https" else PLAIN)
