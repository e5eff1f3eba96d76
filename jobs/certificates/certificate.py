"""What a certificate says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from jobs.errors import ConfigError


@dataclass(frozen=True)
class Certificate:
    """Whose it is, who signed it, for which names and addresses, and when it ends."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime

    @classmethod
    def read(cls, der: bytes) -> Certificate:
        """Raises ValueError when it is none."""
        found = x509.load_der_x509_certificate(der)
        return _told(found)

    def is_for(self, host: str) -> bool:
        """Whether a client that calls `host` accepts it; a star stands for one word at the beginning."""
        host = host.lower()
        behind = host.partition(".")[2]
        return any(name in (host, f"*.{behind}" if behind else host) for name in map(str.lower, self.names))


def in_pem(text: str) -> Sequence[Certificate]:
    """Every certificate of a file of authorities. Raises ConfigError when there is none."""
    try:
        return [_told(one) for one in x509.load_pem_x509_certificates(text.encode())]
    except ValueError as error:
        raise ConfigError(
            "the authorities cannot be read", given=text[:40], allowed="certificates in PEM",
            change="`make up` writes the instance's ca.crt anew",
        ) from error  # fmt: skip


def _told(found: x509.Certificate) -> Certificate:
    return Certificate(
        subject=_name(found.subject),
        issuer=_name(found.issuer),
        names=_names(found),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
    )


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        given = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = [str(one) for one in given.get_values_for_type(x509.IPAddress)]
    return (*given.get_values_for_type(x509.DNSName), *addresses)
