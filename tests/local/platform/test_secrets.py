import re

from infra.settings.secrets import MachineSecrets
from jobs.backup.seal import new_key
from local.cluster.pki import Authority, Pair
from local.platform.secrets import complete

NODE = "10.213.0.2"


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in after if after[name] != before.get(name)}


def test_a_new_instance_gets_exactly_the_secrets_that_the_stack_takes() -> None:
    made, authority = complete({"backupRecipients": new_key()[1]}, None, NODE)
    MachineSecrets.model_validate(made)
    assert authority
    assert authority.pair.key.decode() not in made.values()


def test_two_instances_share_no_secret() -> None:
    first, second = complete({}, None, NODE)[0], complete({}, None, NODE)[0]
    assert changed(first, second) == first.keys()


def test_nothing_changes_when_nothing_is_missing() -> None:
    made, authority = complete({}, None, NODE)
    assert authority
    assert complete(made, authority.pair.key, NODE) == (made, authority)
    assert complete(made, None, NODE) == (made, None)


def test_a_removed_password_is_made_anew_and_alone() -> None:
    made, authority = complete({}, None, NODE)
    assert authority
    kept = {name: value for name, value in made.items() if name != "storeSecretKey"}
    after, _ = complete(kept, authority.pair.key, NODE)
    assert changed(made, after) == {"storeSecretKey"}
    assert re.fullmatch("[0-9a-f]{32}", after["storeSecretKey"])


def test_a_secret_of_another_version_is_kept() -> None:
    assert complete({"laterSecret": "x"}, None, NODE)[0]["laterSecret"] == "x"


def test_certificates_are_made_by_the_authority_whose_key_is_given_back() -> None:
    made, authority = complete({}, None, NODE)
    assert authority
    assert made["caCertificate"] == authority.pair.certificate.decode()
    kept = {name: value for name, value in made.items() if name != "storeKey"}
    after, _ = complete(kept, authority.pair.key, NODE)
    assert changed(made, after) == {"storeKey", "storeCertificate"}


def test_a_key_that_is_not_the_certificate_s_is_told() -> None:
    one, other = Authority.create("one"), Authority.create("other")
    assert one.is_whole()
    assert not Authority(Pair(one.pair.certificate, other.pair.key)).is_whole()
    assert not Authority(Pair(one.pair.certificate, b"")).is_whole()
