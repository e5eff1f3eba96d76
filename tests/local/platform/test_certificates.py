"""Certificates are renewed in time, and another authority takes over without a moment in which a client is shut out."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from local.cluster.pki import VALIDITY, Authority
from local.platform.certificates import LASTING, SERVERS, TRUSTED, WITHIN, renewed

NODE = "10.213.0.2"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
LEAVES = {f"{prefix}{part}" for prefix, _ in SERVERS for part in ("Certificate", "Key")}
Certificates = dict[str, str]


def made(now: datetime = NOW) -> tuple[Certificates, bytes]:
    """Of a new instance, with the authority's key."""
    found, authority = renewed({}, None, NODE, now)
    assert authority
    return found, authority.pair.key


def again(kept: Certificates, key: bytes | None, now: datetime, node: str = NODE) -> tuple[Certificates, bytes | None]:
    """After one more `make up`."""
    found, authority = renewed(kept, key, node, now)
    return kept | found, authority.pair.key if authority else key


def changed(before: Certificates, after: Certificates) -> set[str]:
    return {name for name in after if after[name] != before[name]}


def leaf(certificates: Certificates, prefix: str = "database") -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates[f"{prefix}Certificate"].encode())


def test_a_certificate_is_good_for_a_year_under_every_name_of_its_service_and_of_the_node() -> None:
    found = leaf(made()[0], "store")
    assert found.not_valid_after_utc - NOW == LASTING - timedelta(hours=1)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "store", "store.ml-platform", "store.ml-platform.svc", "store.ml-platform.svc.cluster.local",
    ]  # fmt: skip
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == [NODE]


def test_what_ends_within_a_month_is_renewed_by_the_same_authority_and_nothing_a_day_before() -> None:
    kept, key = made()
    end = leaf(kept).not_valid_after_utc
    assert again(kept, key, end - WITHIN - timedelta(days=1)) == (kept, key)
    after, _ = again(kept, key, end - WITHIN)
    assert changed(kept, after) == LEAVES
    assert leaf(after).not_valid_after_utc > end + timedelta(days=300)


def test_an_expired_certificate_is_renewed_like_one_that_ends_soon() -> None:
    kept, key = made()
    assert changed(kept, again(kept, key, NOW + LASTING + timedelta(days=9))[0]) == LEAVES


def test_another_address_of_the_node_is_another_certificate() -> None:
    kept, key = made()
    after, _ = again(kept, key, NOW, "10.213.4.2")
    assert changed(kept, after) == LEAVES


@pytest.mark.parametrize("lost", sorted(LEAVES))
def test_of_a_server_whose_half_is_gone_or_spoilt_the_pair_is_new_and_no_other(lost: str) -> None:
    kept, key = made()
    for spoilt in ({name: value for name, value in kept.items() if name != lost}, {**kept, lost: "spoilt"}):
        after, _ = again(spoilt, key, NOW)
        prefix = lost.removesuffix("Certificate").removesuffix("Key")
        assert changed(kept, after) <= {f"{prefix}Certificate", f"{prefix}Key"}
        assert after[lost] not in ("spoilt", kept[lost])


def test_a_lost_key_of_the_authority_changes_nothing_while_certificates_will_do() -> None:
    kept, _ = made()
    assert renewed(kept, None, NODE, NOW) == ({}, None)
    assert renewed(kept, Authority.create("other").pair.key, NODE, NOW) == ({}, None)


def test_without_the_authority_s_certificate_everything_is_new_at_once() -> None:
    kept, key = made()
    del kept[TRUSTED]
    after, _ = renewed(kept, key, NODE, NOW)
    assert set(after) == LEAVES | {TRUSTED}
    assert after[TRUSTED].count("BEGIN") == 1


@pytest.mark.parametrize("lost_key", [False, True], ids=["the authority ends", "its key is lost"])
def test_another_authority_is_told_first_then_signs_then_stands_alone(lost_key: bool) -> None:
    kept, key = made()
    first = kept[TRUSTED]
    # A year before the authority's end, after nine renewals; or when a leaf has to be issued and nobody can.
    kept, now = (kept, NOW + LASTING - WITHIN) if lost_key else _aged(kept, key)
    steps = [kept]
    held: bytes | None = None if lost_key else key
    for _ in range(4):
        after, held = again(steps[-1], held, now)
        steps.append(after)
    told, signing, alone, rest = steps[1:]

    assert changed(kept, told) == {TRUSTED}
    assert told[TRUSTED].startswith(first)
    assert told[TRUSTED].count("BEGIN") == 2
    assert changed(told, signing) == LEAVES
    assert changed(signing, alone) == {TRUSTED}
    assert first not in alone[TRUSTED]
    assert rest == alone


def _aged(kept: Certificates, key: bytes) -> tuple[Certificates, datetime]:
    """Two days after the authority has a year and a month left, with leaves that were renewed the week before."""
    now = NOW + VALIDITY - LASTING - WITHIN + timedelta(days=2)
    return again(kept, key, now - timedelta(days=7))[0], now


def test_at_each_step_clients_of_before_and_after_trust_servers_of_before_and_after(tmp_path: Path) -> None:
    # OpenSSL has no other clock than the machine's: the authority is as old as it has to be.
    now = datetime.now(UTC)
    authority = Authority.create("mlops-platform", now=now - VALIDITY + LASTING)
    kept: Certificates = {TRUSTED: authority.pair.certificate.decode()}
    for prefix, service in SERVERS:
        hosts = [service, f"{service}.ml-platform", f"{service}.ml-platform.svc",
                 f"{service}.ml-platform.svc.cluster.local", NODE]  # fmt: skip
        pair = authority.issue(service, hosts=hosts)
        kept |= {f"{prefix}Certificate": pair.certificate.decode(), f"{prefix}Key": pair.key.decode()}
    steps, key = [kept], authority.pair.key
    for _ in range(3):
        found, signer = renewed(steps[-1], key, NODE, now)
        assert signer
        steps.append(steps[-1] | found)
        key = signer.pair.key
    for before, after in pairwise(steps):
        for client in (before, after):
            for server in (before, after):
                assert _accepts(client, server, tmp_path) == "postgres", (steps.index(client), steps.index(server))
    assert steps[-1][TRUSTED] != kept[TRUSTED]
    with pytest.raises(ssl.SSLCertVerificationError):
        _accepts(kept, steps[-1], tmp_path)


def _accepts(client: Certificates, server: Certificates, folder: Path) -> Any:
    """The subject that a client sees who trusts what it was told; both ends of OpenSSL, without a network."""
    for name, part in (("crt", "Certificate"), ("key", "Key")):
        (folder / name).write_text(server[f"database{part}"])
    shows = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shows.load_cert_chain(folder / "crt", folder / "key")
    asks = ssl.create_default_context(cadata=client[TRUSTED])
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = shows.wrap_bio(up, down, server_side=True)
    here = asks.wrap_bio(down, up, server_hostname=NODE)
    for end in (here, there, here, there):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    found: Any = here.getpeercert()
    return dict(part[0] for part in found["subject"])["commonName"]
