"""Who hears of alerts is refused when somebody would hear nothing, in words that show no secret."""

from __future__ import annotations

from typing import Any

import pytest

from infra.settings.load import check, parse
from infra.settings.observability import BundledSettings
from infra.settings.refusal import SettingsRefusedError
from tests.support.settings import raw
from tests.support.told import HEARTBEAT, RECEIVERS, SECRETS, given

WHERE = "mlops:observability.alertmanager.receivers"


def stack(receivers: dict[str, Any], secrets: dict[str, str], **more: Any) -> dict[str, Any]:
    whole = raw()
    whole["observability"]["alertmanager"] |= {"receivers": receivers, **more}
    whole["secrets"] |= {"alertReceivers": secrets}
    return whole


def refused(whole: dict[str, Any]) -> str:
    with pytest.raises(SettingsRefusedError) as caught:
        parse("local", whole)
    return str(caught.value)


def test_any_number_of_receivers_is_accepted_each_with_its_severities() -> None:
    whole = stack(**given() | {"secrets": SECRETS})
    whole["secrets"]["alertHeartbeatUrl"] = HEARTBEAT

    accepted = parse("local", whole).observability

    assert isinstance(accepted, BundledSettings)
    assert {name: list(one.severities) for name, one in accepted.alertmanager.receivers.items()} == {
        name: one["severities"] for name, one in RECEIVERS.items()
    }


def test_nobody_is_told_unless_somebody_is_named() -> None:
    accepted = parse("local", raw()).observability

    assert isinstance(accepted, BundledSettings)
    assert (accepted.alertmanager.receivers, accepted.alertmanager.heartbeat) == ({}, None)


@pytest.mark.parametrize(
    ("change", "key", "shown", "allowed"),
    [
        ({"severities": ["P0", "P9"]}, "team.severities.1", "'P9'", "'P0', 'P1', 'P2' or 'P3'"),
        ({"severities": []}, "team.severities", "[]", None),
        ({"channel": "#ops"}, "team.channel", "an unknown key", "one of kind, severities"),
        ({"kind": "sms"}, "team.kind", "'sms'", "one of 'slack', 'email', 'pagerduty', 'webhook'"),
        ({"kind": "email"}, "team.to", "nothing", "a value: this setting is required"),
        ({"kind": "pagerduty", "url": "events"}, "team.url", "'events'", "pattern '^https?://"),
    ],
)
def test_a_wrong_receiver_is_refused_by_its_name(
    change: dict[str, Any], key: str, shown: str, allowed: str | None
) -> None:
    told = refused(stack({"team": {"kind": "slack", "severities": ["P0", "P1"]} | change}, {}))

    assert f"  {WHERE}.{key}\n    given:   {shown}\n    allowed: {allowed or ''}" in told


def test_a_receiver_may_be_named_like_a_kind() -> None:
    told = refused(stack({"slack": {"kind": "slack", "severities": ["P7"]}}, {}))

    assert f"{WHERE}.slack.severities.0\n" in told


@pytest.mark.parametrize("name", ["Team", "9am", "_heartbeat", "a.b", ""])
def test_a_name_that_can_be_no_file_is_refused(name: str) -> None:
    assert WHERE in refused(stack({name: {"kind": "slack", "severities": ["P0", "P1"]}}, {}))


@pytest.mark.parametrize(
    ("severities", "missing"), [(["P2"], "P0 and P1"), (["P0", "P3"], "P1"), (["P1", "P2", "P3"], "P0")]
)
def test_receivers_of_which_none_hears_what_is_urgent_are_refused(severities: list[str], missing: str) -> None:
    told = refused(stack({"team": {"kind": "slack", "severities": severities}}, SECRETS))

    assert f"receivers for {', '.join(severities)}\n    allowed: one for {missing} too" in told


@pytest.mark.parametrize(
    ("name", "secret", "allowed"),
    [
        ("team", "#operations", "the URL of the webhook"),
        ("team", "https://hooks.slack.example.org:99999/a", "the URL of the webhook"),
        ("log", "ftp://log.example.org", "the URL of the webhook"),
        ("on-call", "hidden-key", "the routing key: 32 letters and digits"),
        ("mail", None, "the password of its username"),
        ("on-call", None, "the routing key: 32 letters and digits"),
    ],
)
def test_a_secret_that_is_missing_or_of_another_kind_is_refused_and_not_shown(
    name: str, secret: str | None, allowed: str
) -> None:
    secrets = {key: value for key, value in SECRETS.items() if key != name} | ({name: secret} if secret else {})

    told = refused(stack(RECEIVERS, secrets))

    shown = "(a secret, not shown)" if secret else "nothing"
    assert told.startswith("1 setting is refused")
    assert f"  mlops:secrets.alertReceivers.{name}\n    given:   {shown}\n    allowed: {allowed}, because" in told
    assert "docs/runbooks/route-alerts.md" in told
    assert secret is None or secret not in told


def test_a_mail_server_that_wants_no_login_needs_no_secret() -> None:
    mail = {key: value for key, value in RECEIVERS["mail"].items() if key != "username"}

    parse("local", stack({"mail": mail | {"severities": ["P0", "P1"]}}, {}))


def test_a_heartbeat_without_an_address_is_refused() -> None:
    told = refused(stack({}, {}, heartbeat={"seconds": 60}))

    assert "  mlops:secrets.alertHeartbeatUrl\n    given:   nothing\n    allowed: the URL to call" in told


def test_a_committed_file_is_checked_without_the_secrets_that_it_must_not_have() -> None:
    committed = {f"mlops:{key}": value for key, value in stack(RECEIVERS, {}).items() if key != "secrets"}

    check(committed)
    committed["mlops:observability"]["alertmanager"]["receivers"] = {"team": {"kind": "slack", "severities": ["P2"]}}
    with pytest.raises(SettingsRefusedError, match="nobody else would be told"):
        check(committed)


def test_a_managed_prometheus_has_topics_and_no_receivers() -> None:
    whole = raw("prod")
    whole["observability"]["alertmanager"] = {"receivers": RECEIVERS}
    with pytest.raises(SettingsRefusedError) as caught:
        parse("prod", whole)

    assert "mlops:observability.alertmanager\n    given:   an unknown key" in str(caught.value)
