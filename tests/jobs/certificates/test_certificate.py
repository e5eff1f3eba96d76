from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs.certificates.certificate import Certificate, in_pem
from jobs.errors import ConfigError
from local.cluster.pki import Authority

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def named(*names: str) -> Certificate:
    return Certificate("a", "b", names, NOW, NOW)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("store.ml-platform.svc", "store.ml-platform.svc"),
        ("Store", "sTore"),
        ("10.213.0.2", "10.213.0.2"),
        ("*.rds.amazonaws.com", "db.rds.amazonaws.com"),
    ],
)
def test_a_host_is_named(name: str, host: str) -> None:
    assert named("other", name).is_for(host)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("store", "postgres"),
        ("10.213.0.2", "10.213.0.1"),
        ("*.amazonaws.com", "db.rds.amazonaws.com"),
        ("*.amazonaws.com", "amazonaws.com"),
        ("*", "store"),
    ],
)
def test_a_host_is_not_named(name: str, host: str) -> None:
    assert not named(name).is_for(host)


def test_a_certificate_without_names_is_for_nobody() -> None:
    [authority] = in_pem(Authority.create("a").pair.certificate.decode())
    assert authority.names == ()
    assert not authority.is_for("a")


def test_every_certificate_of_a_file_is_read() -> None:
    text = "".join(Authority.create(name).pair.certificate.decode() for name in ("old", "new"))
    assert [(one.subject, one.issuer) for one in in_pem(text)] == [("old", "old"), ("new", "new")]


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_file_without_a_certificate_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="authorities cannot be read"):
        in_pem(text)
