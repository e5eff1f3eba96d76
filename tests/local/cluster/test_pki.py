import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from local.cluster.pki import Authority


def verify(authority: Authority, leaf: bytes, name: str) -> None:
    store = Store([x509.load_pem_x509_certificate(authority.pair.certificate)])
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name))
    verifier.verify(x509.load_pem_x509_certificate(leaf), [])


def test_a_leaf_is_valid_for_the_names_it_was_issued_for_and_no_other() -> None:
    authority = Authority.create("test")
    leaf = authority.issue("store", hosts=["store.ml-platform.svc", "10.213.0.2"])
    verify(authority, leaf.certificate, "store.ml-platform.svc")
    with pytest.raises(VerificationError):
        verify(authority, leaf.certificate, "postgres.ml-platform.svc")


def test_a_leaf_of_another_authority_is_refused() -> None:
    leaf = Authority.create("one").issue("store", hosts=["store"])
    with pytest.raises(VerificationError):
        verify(Authority.create("one"), leaf.certificate, "store")


def test_openssl_takes_certificate_and_key_as_a_server_would(tmp_path: Path) -> None:
    pair = Authority.create("test").issue("store", hosts=["store"])
    (tmp_path / "tls.crt").write_bytes(pair.certificate)
    (tmp_path / "tls.key").write_bytes(pair.key)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
