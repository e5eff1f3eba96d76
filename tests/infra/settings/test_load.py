"""Claims about which settings are refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from infra.settings.load import check, load, parse
from infra.settings.refusal import SettingsRefusedError
from infra.settings.schema import PATH, schema
from tests.support.recording import record
from tests.support.settings import PASSWORDS, ROOT, raw, secret_of, settings


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(SettingsRefusedError) as caught:
        parse("local", given)
    return str(caught.value)


def changed(path: str, value: Any) -> dict[str, Any]:
    given = raw()
    *parents, last = path.split(".")
    node = given
    for parent in parents:
        node = node.setdefault(parent, {})
    node[last] = value
    return given


def test_the_committed_settings_are_accepted() -> None:
    assert settings().node_ports.tracking == 30500


def test_an_unknown_key_is_refused_with_the_keys_that_exist() -> None:
    assert refused(changed("storage.bucket", "x")) == (
        "1 setting is refused for stack 'local'; change Pulumi.local.yaml\n"
        "  mlops:storage.bucket\n"
        "    given:   an unknown key\n"
        "    allowed: one of buckets, region, resources, storage"
    )


def test_an_unknown_domain_is_refused_with_the_domains_that_exist() -> None:
    assert refused(changed("trackin", {})) == (
        "1 setting is refused for stack 'local'; change Pulumi.local.yaml\n"
        "  mlops:trackin\n"
        "    given:   an unknown key\n"
        "    allowed: one of cluster, database, durability, gateway, images, monitoring, namespaces, nodePorts, "
        "observability, schedules, secrets, serving, storage, tracking, training"
    )


@pytest.mark.parametrize(
    ("path", "value", "given", "allowed"),
    [
        ("durability", "forever", "'forever'", "'disposable' or 'kept'"),
        ("nodePorts.tracking", 80, "80", "greater than or equal to 30000"),
        ("nodePorts.tracking", "many", "'many'", "a valid integer, unable to parse string as an integer"),
        ("database.storage", "10GB", "'10GB'", "pattern '^[1-9][0-9]*(Mi|Gi|Ti)$'"),
        ("images.jobs", "Jobs latest", "'Jobs latest'", None),
        ("storage.buckets.features", "F", "'F'", "pattern '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$'"),
        ("secrets.storeSecretKey", "p w", "(a secret, not shown)", "12 or more letters, digits, '_' or '-'"),
        ("secrets.storeKey", "abc", "(a secret, not shown)", "PEM text that starts with '-----BEGIN '"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_given_and_what_is_allowed(
    path: str, value: Any, given: str, allowed: str | None
) -> None:
    message = refused(changed(path, value))
    assert f"  mlops:{path}\n    given:   {given}\n    allowed: {allowed or ''}" in message


def test_a_missing_setting_is_named() -> None:
    given = raw()
    del given["database"]["storage"]
    assert "  mlops:database.storage\n    given:   nothing\n    allowed: a value: this setting is required" in refused(
        given
    )


def test_everything_wrong_is_told_at_once() -> None:
    given = changed("nodePorts.tracking", 80)
    given["database"]["storage"] = "much"
    given["nothing"] = {}
    assert refused(given).startswith("3 settings are refused for stack 'local'; change Pulumi.local.yaml\n")


@pytest.mark.parametrize("name", PASSWORDS)
def test_no_message_shows_a_secret(name: str) -> None:
    message = refused(changed(f"secrets.{name}", f"{secret_of(name)} with spaces"))
    assert secret_of(name) not in message


def test_a_printed_model_shows_no_secret() -> None:
    assert "hidden-" not in repr(settings())


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "nodePorts.store",
            30500,
            "mlops:nodePorts.store\n    given:   30500\n"
            "    allowed: a port of its own; also used by nodePorts.tracking",
        ),
        (
            "tracking.autoscaling",
            {"minReplicas": 5, "maxReplicas": 4},
            "mlops:tracking.autoscaling.minReplicas\n    given:   5\n"
            "    allowed: at most tracking.autoscaling.maxReplicas, which is 4",
        ),
        (
            "database.resources.cpu",
            "3",
            "mlops:database.resources.cpu\n    given:   3\n"
            "    allowed: at most database.resources.cpuLimit, which is 2",
        ),
        (
            "serving.autoscaling",
            {"maxReplicas": 30},
            "mlops:namespaces.serving.pods\n    given:   20\n    allowed: 67 or more: ",
        ),
        (
            "namespaces.platform.storage",
            "29Gi",
            "mlops:namespaces.platform.storage\n    given:   29Gi\n    allowed: 30720Mi or more: ",
        ),
        (
            "tracking.databasePoolSize",
            12,
            "mlops:database.maxConnections\n    given:   150\n    allowed: 178 or more: 5 MLflow servers, one of them"
            " for a rolling update, open 32 each with tracking.databasePoolSize 12, and a tenth is for everything else",
        ),
        (
            "storage.buckets",
            {"features": "backups"},
            "mlops:storage.buckets.backups\n    given:   'backups'\n"
            "    allowed: a name of its own; also used by storage.buckets.features",
        ),
        (
            "serving.modelName",
            "fraud",
            "mlops:serving.modelName\n    given:   fraud\n"
            "    allowed: churn-classifier, which configs/monitoring_config.yaml is about",
        ),
        (
            "serving.modelAlias",
            "live",
            "mlops:serving.modelAlias\n    given:   live\n"
            "    allowed: champion, which configs/monitoring_config.yaml is about",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(path: str, value: Any, words: str) -> None:
    assert words in refused(changed(path, value))


DAILY = "'*' for day, month and weekday: "
MINUTE = "numbers from 0 to 59 for the minute, "
HOUR = "numbers from 0 to 23 for the hour, "


@pytest.mark.parametrize(
    ("cron", "allowed"),
    [
        ("17 2 * *", "five fields, "),
        ("17  2 * * *", "five fields, "),
        ("@daily", "five fields, "),
        ("60 2 * * *", MINUTE),
        ("-1 2 * * *", MINUTE),
        ("5,, 2 * * *", MINUTE),
        ("*/0 2 * * *", MINUTE),
        ("30-10 2 * * *", MINUTE),
        ("1-2-3 2 * * *", MINUTE),
        ("x 2 * * *", MINUTE),
        ("0 24 * * *", HOUR),
        ("0 2 * * 1", DAILY),
        ("0 2 30 2 *", DAILY),
    ],
)
def test_a_time_that_the_cluster_or_the_alert_would_not_take_is_refused(cron: str, allowed: str) -> None:
    message = refused(changed("schedules.driftCheck.cron", cron))
    assert f"  mlops:schedules.driftCheck.cron\n    given:   {cron!r}\n    allowed: {allowed}" in message


@pytest.mark.parametrize("cron", ["0 0 * * *", "59 23 * * *", "*/15 * * * *", "0,30 8-18/2 * * *", "* * * * *"])
def test_a_time_at_least_once_a_day_is_accepted(cron: str) -> None:
    assert parse("local", changed("schedules.driftCheck.cron", cron)).schedules.drift_check.cron == cron


# Each example reads a whole stack file; on a busy machine that takes longer than Hypothesis likes.
@hypothesis_settings(deadline=None)
@given(st.integers(0, 59), st.integers(0, 59), st.integers(1, 59), st.integers(0, 23))
def test_every_range_within_the_hour_in_order_is_accepted_and_no_other(
    first: int, last: int, step: int, hour: int
) -> None:
    given_time = changed("schedules.driftCheck.cron", f"{first}-{last}/{step} {hour} * * *")
    if first <= last:
        parse("local", given_time)
    else:
        assert MINUTE in refused(given_time)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Local", "utc+1", ""])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    message = refused(changed("schedules.timeZone", zone))
    assert f"given:   {zone!r}\n    allowed: a name of the IANA time zone database" in message


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "UTC"])
def test_a_time_zone_that_exists_is_accepted(zone: str) -> None:
    assert parse("local", changed("schedules.timeZone", zone)).schedules.time_zone == zone


def test_a_key_in_the_spelling_of_python_is_refused_as_the_schema_does() -> None:
    assert "mlops:node_ports\n    given:   an unknown key" in refused(changed("node_ports.tracking", 30555))


def committed() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    return config


def test_the_committed_stack_file_is_accepted_before_anything_is_added_to_it() -> None:
    check(committed())
    check(committed() | {"mlops:cluster": {"kubeconfig": "/mine"}, "aws:region": "eu-west-1"})


def test_everything_wrong_with_a_committed_stack_file_is_told_before_anything_is_built() -> None:
    config = committed() | {"mlops:durability": "forever", "mlops:trackin": {}}
    config["mlops:schedules"]["timeZone"] = "Mars/Olympus"
    with pytest.raises(SettingsRefusedError) as caught:
        check(config)
    assert {problem.key for problem in caught.value.problems} == {"durability", "trackin", "schedules.timeZone"}
    with pytest.raises(SettingsRefusedError, match=r"mlops:namespaces\.serving\.pods"):
        check(committed() | {"mlops:serving": committed()["mlops:serving"] | {"autoscaling": {"maxReplicas": 50}}})


def test_nothing_is_registered_when_settings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"mlops:storage": "{\\"bucket\\": 1}", "aws:region": "eu-west-1"}')

    def program() -> None:
        with pytest.raises(SettingsRefusedError, match=r"mlops:storage\.bucket"):
            load()

    assert record(program).resources == []


def test_the_committed_schema_is_the_one_of_the_models() -> None:
    assert PATH.read_text() == schema(), "run python -m infra.settings.schema"
