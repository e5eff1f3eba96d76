"""Inputs against the SDK: what is refused, in which words, and how names are made."""

from __future__ import annotations

from typing import Any

import pytest

from local.plugins.aws.check import faults
from local.plugins.aws.naming import DEFAULTS, Naming
from local.plugins.aws.registry import kind_of
from local.plugins.aws.settings import parse_settings
from local.plugins.errors import InvalidSetting
from local.plugins.values import UNKNOWN

TOPIC, GROUP = kind_of("aws:sns/topic:Topic"), kind_of("aws:cloudwatch/logGroup:LogGroup")
VERSIONING = kind_of("aws:s3/bucketVersioning:BucketVersioning")


def told(kind: Any, inputs: dict[str, Any]) -> dict[str, str]:
    return dict(faults(kind.inputs, kind.all_carried, inputs))


def test_good_inputs_have_no_faults_and_unknown_ones_are_left_for_later() -> None:
    assert told(GROUP, {"name": "a", "retentionInDays": UNKNOWN, "tags": {"a": UNKNOWN}}) == {}


def test_a_property_the_sdk_has_not_is_refused_with_those_it_has() -> None:
    assert told(TOPIC, {"title": "a"})["title"].startswith("title is no property of this type; allowed: deliveryPolicy")


def test_a_property_the_type_does_not_carry_is_refused_with_those_it_does() -> None:
    assert told(TOPIC, {"fifoTopic": True})["fifoTopic"].startswith("fifoTopic is not carried by the local AWS plugin")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"retentionInDays": "7"}, "retentionInDays is of type str; it has to be a whole number"),
        ({"retentionInDays": True}, "retentionInDays is True; it has to be a whole number"),
        ({"name": 7}, "name is 7; it has to be text"),
        ({"tags": ["a"]}, "tags is of type list; it has to be an object"),
    ],
)
def test_an_ill_typed_value_is_refused_with_the_type_it_has_to_have(inputs: dict[str, Any], words: str) -> None:
    assert list(told(GROUP, inputs).values()) == [words]


def test_a_nested_object_is_checked_too_and_says_where() -> None:
    found = told(VERSIONING, {"bucket": "b", "versioningConfiguration": {"state": "Enabled"}})
    assert found["versioningConfiguration.state"].endswith("no property of this type; allowed: mfaDelete, status")
    assert found["versioningConfiguration.status"].endswith("is missing: the type requires it")
    assert told(VERSIONING, {"bucket": "b"}) == {
        "versioningConfiguration": "versioningConfiguration is missing: the type requires it"
    }


def test_a_made_name_is_the_resources_with_seven_hex_and_stays_over_updates() -> None:
    naming = Naming("name", longest=20, lower=True)
    made = naming.named({}, {}, "A-Rather-Long-Resource", b"seed")
    assert made["name"][:13] == "a-rather-long"[:12] + "-"
    assert len(made["name"]) == 20
    assert made[DEFAULTS] == ["name"]
    assert naming.named({}, made, "A-Rather-Long-Resource", b"another seed") == made


def test_a_given_name_is_kept_and_a_made_one_does_not_come_back_from_it() -> None:
    naming = Naming()
    assert naming.named({"name": "mine"}, {}, "a", b"") == {"name": "mine"}
    assert naming.named({}, {"name": "mine"}, "a", b"")["name"].startswith("a-")


def test_settings_are_read_as_the_engine_sends_them() -> None:
    tags = '{"tags": {"project": "mlops"}}'
    settings = parse_settings(
        {"region": "eu-west-1", "allowedAccountIds": '["1"]', "defaultTags": tags, "skipRegionValidation": "true"}
    )
    assert (settings.region, settings.allowed_accounts) == ("eu-west-1", ("1",))
    assert settings.default_tags == {"project": "mlops"}
    assert not parse_settings({"region": UNKNOWN}).known


def test_a_setting_the_plugin_does_not_carry_is_refused_by_name() -> None:
    with pytest.raises(InvalidSetting, match="assumeRoles is not a setting that the local AWS plugin carries"):
        parse_settings({"assumeRoles": "[]"})
