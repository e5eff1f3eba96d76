"""Claims about the keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.encryption.keys import Keys, KeysArgs
from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from tests.support.recording import Recording, record

ACCOUNT = "111122223333"
PURPOSES = ["cluster", "database", "logs", "messages", "storage"]


def cloud(durability: Durability) -> Cloud:
    return Cloud(ACCOUNT, "eu-central-1", "mlops-dev", durability, tags("dev", "ml", "42"))


def recorded(durability: Durability) -> Recording:
    return record(lambda: Keys("keys", KeysArgs(cloud(durability))))


@pytest.fixture(scope="module")
def keys() -> Recording:
    return recorded(Durability.DISPOSABLE)


def policy(keys: Recording, purpose: str) -> dict[str, dict[str, Any]]:
    document = json.loads(keys.one("Key", f"keys-{purpose}").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def services(keys: Recording) -> Iterator[tuple[str, str]]:
    for purpose in PURPOSES:
        for statement in policy(keys, purpose).values():
            named = statement["Principal"].get("Service", [])
            yield from ((purpose, service) for service in ([named] if isinstance(named, str) else named))


def test_every_purpose_has_a_key_of_its_own_that_is_renewed_each_year(keys: Recording) -> None:
    assert keys.names("Key") == [f"keys-{purpose}" for purpose in PURPOSES]
    assert all(key.inputs["enableKeyRotation"] is True for key in keys.of_kind("Key"))
    assert sorted(alias.inputs["name"] for alias in keys.of_kind("Alias")) == [
        f"alias/mlops-dev-{purpose}" for purpose in PURPOSES
    ]


@pytest.mark.parametrize(("durability", "days"), [(Durability.DISPOSABLE, 7), (Durability.KEPT, 30)])
def test_durability_decides_how_hard_a_key_is_to_lose(durability: Durability, days: int) -> None:
    for key in recorded(durability).of_kind("Key"):
        assert (key.protect, key.inputs["deletionWindowInDays"]) == (durability is Durability.KEPT, days), key.name


def test_each_key_can_be_administered_by_its_account(keys: Recording) -> None:
    for purpose in PURPOSES:
        assert policy(keys, purpose)["Account"] == {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["kms:*"],
            "Resource": ["*"],
        }


def test_no_service_but_these_uses_a_key_in_its_own_name(keys: Recording) -> None:
    assert sorted(services(keys)) == [
        ("logs", "logs.eu-central-1.amazonaws.com"),
        ("messages", "aps.amazonaws.com"),
        ("messages", "cloudwatch.amazonaws.com"),
        ("messages", "events.amazonaws.com"),
    ]


def test_every_statement_but_the_accounts_own_is_narrowed_to_the_account(keys: Recording) -> None:
    for purpose in PURPOSES:
        for sid, statement in policy(keys, purpose).items():
            if sid != "Account":
                tested = [str(value) for test in statement["Condition"].values() for value in test.values()]
                assert any(ACCOUNT in value for value in tested), (purpose, sid)
                assert not any(action.endswith("*") for action in statement["Action"]), (purpose, sid)


def test_logs_are_encrypted_for_log_groups_of_this_account_only(keys: Recording) -> None:
    assert policy(keys, "logs")["LogGroups"]["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:*"}
    }


def test_auto_scaling_is_named_in_a_condition_as_its_role_may_not_exist_yet(keys: Recording) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    for sid in ("VolumesOfNodes", "AttachVolumesOfNodes"):
        statement = policy(keys, "cluster")[sid]
        assert statement["Principal"] == {"AWS": "*"}
        assert statement["Condition"]["ArnEquals"] == {"aws:PrincipalArn": role}
        assert statement["Condition"]["StringEquals"] == {"kms:CallerAccount": ACCOUNT}
    assert policy(keys, "cluster")["AttachVolumesOfNodes"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_event_bridge_is_not_asked_for_its_account_which_it_does_not_tell(keys: Recording) -> None:
    assert policy(keys, "messages")["DeadLetters"]["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:mlops-dev-*"}
    }


def test_every_key_is_tagged(keys: Recording) -> None:
    for purpose in PURPOSES:
        key = keys.one("Key", f"keys-{purpose}")
        assert key.inputs["tags"] == cloud(Durability.DISPOSABLE).tagged(purpose)
        assert key.parent == keys.components()[0].urn
