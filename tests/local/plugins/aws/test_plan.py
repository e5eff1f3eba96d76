"""What a change means, and what a refresh takes as one."""

from __future__ import annotations

from typing import Any

from local.plugins.aws.naming import DEFAULTS
from local.plugins.aws.observe import imported, observed, settled
from local.plugins.aws.plan import plan
from local.plugins.aws.preview import of_create, of_update
from local.plugins.aws.registry import kind_of
from local.plugins.values import UNKNOWN

GROUP, ROLE = kind_of("aws:cloudwatch/logGroup:LogGroup"), kind_of("aws:iam/role:Role")
VERSIONING = kind_of("aws:s3/bucketVersioning:BucketVersioning")
NAMED: dict[str, Any] = {"name": "g", "retentionInDays": 7}


def replaced(old: dict[str, Any], new: dict[str, Any]) -> tuple[set[str], bool]:
    planned = plan(GROUP, old, new, {}, {})
    return {str(path[0]) for path in planned.replacements}, planned.delete_first


def test_a_create_only_property_replaces_and_another_does_not() -> None:
    assert replaced(NAMED, NAMED | {"retentionInDays": 30}) == (set(), False)
    assert replaced(NAMED, NAMED | {"name": "h"}) == ({"name"}, False)


def test_a_replacement_of_a_given_name_deletes_first_and_of_a_made_one_does_not() -> None:
    other = {"logGroupClass": "INFREQUENT_ACCESS"}
    assert replaced(NAMED, NAMED | other) == ({"logGroupClass"}, True)
    made = NAMED | {DEFAULTS: ["name"]}
    assert replaced(made, made | other) == ({"logGroupClass"}, False)


def test_another_region_replaces() -> None:
    assert replaced(NAMED, NAMED | {"region": "eu-west-1"})[0] == {"region"}


def test_a_value_that_is_not_known_yet_may_replace() -> None:
    assert replaced(NAMED, NAMED | {"name": UNKNOWN})[0] == {"name"}


def test_default_tags_alone_are_a_change() -> None:
    assert plan(GROUP, NAMED, NAMED, {"tagsAll": {}}, {"project": "mlops"}).properties == {"tagsAll"}
    assert plan(GROUP, NAMED, NAMED, {"tagsAll": {"project": "mlops"}}, {"project": "mlops"}).properties == set()


def test_json_text_keeps_the_programs_form_while_it_says_the_same() -> None:
    assert settled(ROLE, {"assumeRolePolicy": '{"a": 1}'}, {"assumeRolePolicy": '{"a":1}', "arn": "x"}) == {
        "assumeRolePolicy": '{"a": 1}',
        "arn": "x",
    }


def test_a_refresh_takes_only_what_differs_from_what_was_seen() -> None:
    seen = {"name": "g", "retentionInDays": 7, "kmsKeyId": "arn:key"}
    inputs = NAMED | {"kmsKeyId": "alias/key"}
    assert observed(GROUP, inputs, seen, seen) == inputs
    assert observed(GROUP, inputs, seen, seen | {"retentionInDays": 1}) == inputs | {"retentionInDays": 1}
    assert observed(GROUP, inputs, seen, {"name": "g", "retentionInDays": 7}) == NAMED


def test_a_part_of_an_object_that_the_program_did_not_give_is_no_drift() -> None:
    inputs = {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}}
    live = {"bucket": "b", "versioningConfiguration": {"status": "Enabled", "mfaDelete": "Disabled"}}
    assert observed(VERSIONING, inputs, inputs, live) == inputs


def test_an_import_declares_what_is_set() -> None:
    live = {"name": "g", "arn": "arn:…", "retentionInDays": 7, "kmsKeyId": "", "tags": {}}
    assert imported(GROUP, live) == NAMED


def test_a_preview_knows_the_inputs_and_not_what_aws_decides() -> None:
    shown = of_create(GROUP, NAMED | {DEFAULTS: ["name"]}, {"project": "mlops"})
    assert (shown["name"], shown["arn"], shown["tagsAll"]) == ("g", UNKNOWN, {"project": "mlops"})
    assert of_update(GROUP, NAMED, {"arn": "arn:…", "retentionInDays": 1}, {})["arn"] == "arn:…"
