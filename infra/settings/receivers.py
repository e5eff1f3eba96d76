"""Who hears of alerts. What must stay secret of it is in `secrets.alertReceivers`, by the receiver's name."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.observability.alert import Severity
from infra.settings.account import Email
from infra.settings.base import SettingsModel

# Also the name of a file and of a key of a Secret.
ReceiverName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
# A name or an address and, when it is not the scheme's own, a port: network policies let it out there.
_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3})"
URL = rf"https?://[A-Za-z0-9.-]+(?::{_PORT})?(?:[/?]\S*)?"
Url = Annotated[str, StringConstraints(pattern=f"^{URL}$")]
HostAndPort = Annotated[str, StringConstraints(pattern=rf"^[A-Za-z0-9.-]+:{_PORT}$")]


class _Receiver(SettingsModel):
    severities: Annotated[tuple[Severity, ...], Field(min_length=1)]


class SlackReceiver(_Receiver):
    """An incoming webhook of Slack, which belongs to one channel; its secret is the URL."""

    kind: Literal["slack"]


class EmailReceiver(_Receiver):
    """Mails through an SMTP server; with a `username`, its secret is the password."""

    kind: Literal["email"]
    to: Annotated[tuple[Email, ...], Field(min_length=1)]
    sender: Email
    smarthost: Annotated[HostAndPort, Field(description="host:port, 587 as a rule")]
    username: str | None = None
    require_tls: bool = True


class PagerDutyReceiver(_Receiver):
    """An integration of PagerDuty with Events API v2; its secret is the routing key."""

    kind: Literal["pagerduty"]
    url: Annotated[Url, Field(description="in the EU: https://events.eu.pagerduty.com/v2/enqueue")] = (
        "https://events.pagerduty.com/v2/enqueue"
    )


class WebhookReceiver(_Receiver):
    """A server that takes Alertmanager's JSON by POST; its secret is the URL."""

    kind: Literal["webhook"]


Receiver = Annotated[
    SlackReceiver | EmailReceiver | PagerDutyReceiver | WebhookReceiver,
    Field(discriminator="kind"),
]


class HeartbeatSettings(SettingsModel):
    """A POST every so often to a server that alarms when it misses them; its URL is `secrets.alertHeartbeatUrl`."""

    seconds: Annotated[int, Field(ge=10, le=3600)] = 60
