"""Certificates of an instance's servers: when they are issued anew, and how another authority takes over. Pure.

Clients trust every authority in `caCertificate`. A new one is told to them first; with the next `make up` it signs what
servers show; with the one after that the old one is told no more. At each step every client trusts every server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509

from local.cluster.pki import Authority, Pair

# Servers with TLS: (prefix of their secrets, name of their Service).
SERVERS = (("database", "postgres"), ("store", "store"))
NAMESPACE = "ml-platform"
TRUSTED = "caCertificate"
LASTING = timedelta(days=365)
# The alert tells of what ends within 21 days.
WITHIN = timedelta(days=30)


def service_names(service: str) -> list[str]:
    """Every name by which a client may call the Service."""
    scoped = f"{service}.{NAMESPACE}"
    return [service, scoped, f"{scoped}.svc", f"{scoped}.svc.cluster.local"]


def renewed(
    kept: Mapping[str, Any], key: bytes | None, node_address: str, now: datetime
) -> tuple[dict[str, str], Authority | None]:
    """The certificates of `mlops:secrets`, those that will do as they were; and the authority that signs from now on.

    `key`: the private key of the authority. Of one that is lost None is given back while all will do without it.
    """
    trusted = split(str(kept.get(TRUSTED, "")))
    known = signer_of(trusted, key)
    servers = [(prefix, service, [*service_names(service), node_address]) for prefix, service in SERVERS]
    if trusted and known is None and all(_leaf(kept, prefix, hosts, now + WITHIN) for prefix, _, hosts in servers):
        return {}, None
    # An authority must outlive what it signs.
    signer = known if known and known.ends - now > LASTING + WITHIN else Authority.create("mlops-platform", now=now)
    made: dict[str, str] = {}
    others = False
    for prefix, service, hosts in servers:
        # Clients hear of a new authority by this `make up`: what holds until then is issued by the next.
        leaf = _leaf(kept, prefix, hosts, now + WITHIN if signer is known else now) if trusted else None
        signed = leaf is not None and signer.has_signed(leaf)
        others |= not signed
        if leaf is None or (signer is known and not signed):
            pair = signer.issue(service, hosts=hosts, lasting=LASTING, now=now)
            made |= {f"{prefix}Certificate": pair.certificate.decode(), f"{prefix}Key": pair.key.decode()}
    told = signer.pair.certificate.decode()
    # Servers go on showing what another authority has signed until they have read this.
    made[TRUSTED] = "".join(dict.fromkeys([*trusted, told])) if others else told
    return made, signer


def split(text: str) -> list[str]:
    """The certificates of a PEM file, each PEM."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", text, re.S)


def signer_of(trusted: Sequence[str], key: bytes | None) -> Authority | None:
    """The one of the authorities whose key this is."""
    if key is None:
        return None
    candidates = (Authority(Pair(one.encode(), key)) for one in trusted)
    return next((one for one in candidates if one.is_whole()), None)


def _leaf(kept: Mapping[str, Any], prefix: str, hosts: Sequence[str], until: datetime) -> x509.Certificate | None:
    """The server's certificate if it has its key, is for each of these names, and is good until then."""
    certificate, key = (str(kept.get(f"{prefix}{part}", "")).encode() for part in ("Certificate", "Key"))
    if not Authority(Pair(certificate, key)).is_whole():
        return None
    leaf = x509.load_pem_x509_certificate(certificate)
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    given = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    return leaf if leaf.not_valid_after_utc > until and given >= set(hosts) else None
