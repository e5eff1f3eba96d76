"""What must hold between receivers of alerts and their secrets. Pure: settings in, problems out."""

import re
from collections.abc import Iterator

from infra.observability.alert import Severity
from infra.settings.models import AwsSettings, CommittedSettings, MachineSettings
from infra.settings.observability import AlertmanagerSettings, BundledSettings
from infra.settings.problem import Problem
from infra.settings.receivers import URL, EmailReceiver, PagerDutyReceiver, Receiver
from infra.settings.refusal import HIDDEN
from infra.settings.secrets import CommonSecrets

WHERE = "observability.alertmanager"
# Whoever is to be told anything is to be told of these.
URGENT = (Severity.P0, Severity.P1)


def receiver_problems(settings: CommittedSettings) -> Iterator[Problem]:
    """Urgent alerts that nobody would hear, secrets that are missing or of another kind."""
    if not isinstance(settings.observability, BundledSettings):
        return
    alertmanager = settings.observability.alertmanager
    taken = {severity for receiver in alertmanager.receivers.values() for severity in receiver.severities}
    if alertmanager.receivers and (missing := [severity.value for severity in URGENT if severity not in taken]):
        shown = f"receivers for {', '.join(sorted(taken))}"
        yield Problem(f"{WHERE}.receivers", shown, f"one for {' and '.join(missing)} too: nobody else would be told")
    if isinstance(settings, MachineSettings | AwsSettings):
        yield from _secrets(alertmanager, settings.secrets)


def _secrets(alertmanager: AlertmanagerSettings, secrets: CommonSecrets) -> Iterator[Problem]:
    for name, receiver in alertmanager.receivers.items():
        wanted = _wanted(receiver)
        if wanted is None:
            continue
        what, pattern = wanted
        given = secrets.alert_receivers.get(name)
        if given is None or not re.fullmatch(pattern, given.get_secret_value()):
            yield Problem(
                f"secrets.alertReceivers.{name}",
                "nothing" if given is None else HIDDEN,
                f"{what}, because {WHERE}.receivers.{name} is of kind {receiver.kind}:"
                " docs/runbooks/route-alerts.md says how to set it",
            )
    if alertmanager.heartbeat and secrets.alert_heartbeat_url is None:
        yield Problem("secrets.alertHeartbeatUrl", "nothing", f"the URL to call, because {WHERE}.heartbeat is set")


def _wanted(receiver: Receiver) -> tuple[str, str] | None:
    """What the secret of a receiver is, in words and as a pattern."""
    if isinstance(receiver, EmailReceiver):
        return ("the password of its username", r"\S+") if receiver.username else None
    if isinstance(receiver, PagerDutyReceiver):
        return "the routing key: 32 letters and digits", r"[A-Za-z0-9]{32}"
    return "the URL of the webhook", URL
