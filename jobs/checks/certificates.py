"""How long the certificates are good that clients are shown. Pure below `certificates`."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlparse

from jobs.checks.check import Finding, judged, skipped
from jobs.checks.system import System

SECONDS = 3.0
LEAST = timedelta(days=14)
OUTPUTS = ("trackingUri", "servingUrl", "storeEndpoint", "prometheusUrl", "alertmanagerUrl")
# PostgreSQL's own word for "TLS from here on".
SSL_REQUEST = struct.pack("!II", 8, 80877103)
RENEW = "`make up` makes new ones on one machine; elsewhere renew it where it was issued"


@dataclass(frozen=True)
class Place:
    """Where a certificate is shown."""

    name: str
    host: str
    port: int
    postgres: bool = False


def certificates(system: System) -> Finding:
    """Every certificate is trusted and good for two weeks more, also that of our own authority."""
    context = trusting(system.outputs.get("caCertificate"))
    ends = {place.name: _end(place, context) for place in places(system.outputs)}
    if system.outputs.get("caCertificate"):
        ends["the authority"] = min(_authorities(context))
    if not ends:
        return skipped("nothing is reached over TLS")
    problems = [found for name, end in ends.items() if (found := problem(name, end, system.now))]
    days = min((end - system.now).days for end in ends.values() if isinstance(end, datetime)) if not problems else 0
    return judged(problems, f"{len(ends)} certificates, the first ends in {days} days", RENEW)


def problem(name: str, end: datetime | str, now: datetime) -> str | None:
    """`end`: when the certificate does, or why it could not be had."""
    if isinstance(end, str):
        return f"{name}: {end}"
    if end - now < LEAST:
        return f"{name}: its certificate ends {end:%Y-%m-%d %H:%M} UTC, in {(end - now).days} days"
    return None


def places(outputs: Any) -> Iterator[Place]:
    """Of a stack's addresses, those with TLS."""
    for name in OUTPUTS:
        found = urlparse(str(outputs.get(name) or ""))
        if found.scheme == "https" and found.hostname:
            yield Place(name, found.hostname, found.port or 443)
    # RDS keeps its own certificates.
    if outputs.get("databaseHost") and "clusterName" not in outputs:
        host, _, port = str(outputs["databaseHost"]).partition(":")
        yield Place("the database", host, int(port or 5432), postgres=True)


def trusting(authority: str | None) -> ssl.SSLContext:
    """The machine's authorities, or our own alone."""
    return ssl.create_default_context(cadata=authority) if authority else ssl.create_default_context()


def _end(place: Place, context: ssl.SSLContext) -> datetime | str:
    try:
        with socket.create_connection((place.host, place.port), SECONDS) as connection:
            if place.postgres:
                connection.sendall(SSL_REQUEST)
                if connection.recv(1) != b"S":
                    return f"{place.host}:{place.port} refuses TLS"
            with context.wrap_socket(connection, server_hostname=place.host) as shown:
                return _time((shown.getpeercert() or {})["notAfter"])
    except (OSError, KeyError) as error:
        return f"{place.host}:{place.port}: {error}"


def _authorities(context: ssl.SSLContext) -> Iterator[datetime]:
    for one in context.get_ca_certs():
        yield _time(one["notAfter"])


def _time(text: Any) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(text)), UTC)
