"""Certificates and keys: an authority and the leaves that it signs, for the cluster and for the platform's servers."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = datetime.timedelta(days=3650)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True)
class Authority:
    """A certificate authority."""

    pair: Pair

    @classmethod
    def create(cls, name: str, *, now: datetime.datetime | None = None) -> Authority:
        """A new self-signed authority called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begin = _begin(now)
        builder = _builder(subject, subject, key.public_key(), begin, begin + VALIDITY)
        certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate = certificate.add_extension(_usage(signs_certificates=True), critical=True)
        signed = certificate.sign(key, hashes.SHA256())
        return cls(Pair(signed.public_bytes(serialization.Encoding.PEM), _private_pem(key)))

    def is_whole(self) -> bool:
        """Whether the key is the certificate's."""
        try:
            certificate = x509.load_pem_x509_certificate(self.pair.certificate)
            key = serialization.load_pem_private_key(self.pair.key, None)
        except ValueError:
            return False
        return certificate.public_key() == key.public_key()

    def has_signed(self, leaf: x509.Certificate) -> bool:
        try:
            leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(self.pair.certificate))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def ends(self) -> datetime.datetime:
        return x509.load_pem_x509_certificate(self.pair.certificate).not_valid_after_utc

    def issue(
        self,
        name: str,
        *,
        group: str = "",
        hosts: Sequence[str] = (),
        lasting: datetime.timedelta = VALIDITY,
        now: datetime.datetime | None = None,
    ) -> Pair:
        """A leaf for client and server use, which ends no later than the authority. `hosts` are DNS names and IP
        addresses; `group` is the organisation, which Kubernetes reads as the user's group."""
        authority = x509.load_pem_x509_certificate(self.pair.certificate)
        signer = serialization.load_pem_private_key(self.pair.key, None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
        if group:
            names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
        begin = _begin(now)
        end = min(begin + lasting, authority.not_valid_after_utc)
        builder = (
            _builder(x509.Name(names), authority.subject, key.public_key(), begin, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
                critical=False,
            )
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
            )
        signed = builder.sign(signer, hashes.SHA256())
        return Pair(signed.public_bytes(serialization.Encoding.PEM), _private_pem(key))


def new_signing_key() -> bytes:
    """A private key alone (PEM), for signing tokens; in the one encoding that Kubernetes reads a public key out of."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=not signs_certificates,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _begin(now: datetime.datetime | None) -> datetime.datetime:
    # An hour back: the node's and a client's clocks need not agree to the second.
    return (now or datetime.datetime.now(datetime.UTC)) - datetime.timedelta(hours=1)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
