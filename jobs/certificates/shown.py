"""What a server shows to a client that asks for TLS."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jobs.certificates.certificate import Certificate
from jobs.certificates.place import Place

SECONDS = 3.0
# PostgreSQL's own word for "TLS from here on", and its yes.
SSL_REQUEST = struct.pack("!II", 8, 80877103)
_YES = b"S"
# OpenSSL's numbers for an end that has passed and a beginning that has not: what the dates say is judged apart.
_DATES = frozenset({9, 10})


@dataclass(frozen=True)
class Shown:
    """`distrusted`: why no client of the place accepts who signed it. `trouble`: why nothing was shown."""

    place: Place
    certificate: Certificate | None
    distrusted: str = ""
    trouble: str = ""


def shown(place: Place) -> Shown:
    """Asks once, and once more without trust when that is refused, so that a bad certificate can be told, too."""
    try:
        return Shown(place, _ask(place, trusting(place.authority)))
    except ssl.SSLCertVerificationError as error:
        why = "" if error.verify_code in _DATES else error.verify_message
    except (OSError, ValueError) as error:
        return Shown(place, None, trouble=_told(error))
    try:
        return Shown(place, _ask(place, _credulous()), distrusted=why)
    except (OSError, ValueError) as error:
        return Shown(place, None, trouble=_told(error))


def trusting(authority: str | None) -> ssl.SSLContext:
    """These authorities alone, or the machine's; whom the certificate is for is judged apart."""
    context = ssl.create_default_context(cadata=authority) if authority else ssl.create_default_context()
    context.check_hostname = False
    return context


def _credulous() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _ask(place: Place, context: ssl.SSLContext) -> Certificate:
    with _connected(place) as connection, context.wrap_socket(connection, server_hostname=place.host) as told:
        return Certificate.read(told.getpeercert(binary_form=True) or b"")


@contextmanager
def _connected(place: Place) -> Iterator[socket.socket]:
    with socket.create_connection((place.host, place.port), SECONDS) as connection:
        if place.postgres:
            connection.sendall(SSL_REQUEST)
            if connection.recv(1) != _YES:
                raise ConnectionError("it refuses TLS")
        yield connection


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
