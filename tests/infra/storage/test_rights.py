"""Claims about what an account of the store may do on AWS."""

from __future__ import annotations

import pytest

from infra.foundation.policy_document import Statement
from infra.storage import accounts, rights
from tests.infra.storage.aws import KEY, buckets
from tests.support.cloud import DISPOSABLE

BUCKETS = buckets().buckets
ACCOUNTS = sorted({grant.account for grant in rights.grants(BUCKETS)})


def given(account: str) -> list[Statement]:
    return rights.statements(DISPOSABLE, KEY, account, BUCKETS)


def actions_on(account: str, resource: str) -> set[str]:
    return {action for one in given(account) if resource in one.resources for action in one.actions}


def contexts_of(statement: Statement) -> list[str]:
    listed = statement.conditions["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert isinstance(listed, list)
    return listed


@pytest.mark.parametrize("grant", rights.grants(BUCKETS), ids=str)
def test_each_grant_of_the_table_is_given_and_nothing_beside_it(grant: accounts.Grant) -> None:
    resource = f"arn:aws:s3:::{grant.bucket}/{grant.prefix}*"
    assert actions_on(grant.account, resource) == set(grant.actions)
    versions = accounts.LIST_VERSIONS if "s3:GetObjectVersion" in grant.actions else ()
    assert actions_on(grant.account, f"arn:aws:s3:::{grant.bucket}") == {*accounts.LIST, *versions}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_reaches_only_its_own_buckets(account: str) -> None:
    own = {grant.bucket for grant in rights.grants(BUCKETS) if grant.account == account}
    reached = {
        str(one).split(":::")[1].split("/")[0] for each in given(account) for one in each.resources if one != KEY
    }
    assert reached == own


@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_account_but_rotation_may_remove_a_version_and_none_may_change_a_bucket(account: str) -> None:
    allowed = {action for one in given(account) for action in one.actions}
    reads = {"s3:GetObjectVersion", "s3:ListBucketVersions"}
    beyond = {"rotation": {"s3:DeleteObjectVersion"}}.get(account, set())
    changing = {one for one in allowed - reads if "Version" in one or "*" in one or one.startswith("s3:PutB")}
    assert changing == beyond


def test_who_removes_backups_writes_nothing_and_reaches_nothing_else() -> None:
    assert {one.account for one in rights.grants(BUCKETS) if "s3:DeleteObjectVersion" in one.actions} == {"rotation"}
    (grant,) = (one for one in rights.grants(BUCKETS) if one.account == "rotation")
    assert grant.bucket == BUCKETS.backups
    assert not {*accounts.WRITE, *accounts.DELETE} & set(grant.actions)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_key_is_used_through_s3_for_the_accounts_own_buckets_only(account: str) -> None:
    own = {grant.bucket for grant in rights.grants(BUCKETS) if grant.account == account}
    keyed = [one for one in given(account) if KEY in one.resources]
    contexts = {arn for one in keyed for arn in contexts_of(one)}
    assert contexts == {f"arn:aws:s3:::{bucket}{rest}" for bucket in own for rest in ("", "/*")}
    assert {str(one.conditions["StringEquals"]["kms:ViaService"]) for one in keyed} == {"s3.eu-central-1.amazonaws.com"}


def test_whoever_only_reads_cannot_encrypt() -> None:
    assert actions_on("tuning", KEY) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert actions_on("backup", KEY) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_an_unknown_account_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no account 'nobody' in the store; there are archive, backup, capture,"):
        given("nobody")
