"""Whether a certificate will do. Pure but for `judged`, which asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobs.certificates.certificate import Certificate, in_pem
from jobs.certificates.place import Place, places
from jobs.certificates.shown import Shown, shown

# The alert CertificateEndsSoon has the same number; `make up` renews on one machine what ends within 30 days.
LEAST = timedelta(days=21)
AUTHORITY = "authority"
RENEW = (
    "`make up` renews it on one machine, and its servers take the new one while clients stay connected; elsewhere renew"
    " it where it was issued: docs/runbooks/renew-certificates.md"
)
TRUST = (
    "clients read another authority than the server's: `make up` writes the instance's ca.crt; on AWS PGSSLROOTCERT"
    " must name a file with the region's root (infra/database/authorities.pem)"
)
LOOK = "look at the server's pod and its log: `make status`"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what to do about it."""

    says: str
    change: str


@dataclass(frozen=True)
class Judged:
    """`certificate` is None when nothing was shown; without problems it will do."""

    name: str
    address: str
    certificate: Certificate | None
    problems: tuple[Problem, ...]


def judged(
    outputs: Mapping[str, Any], environment: Mapping[str, str], now: datetime, least: timedelta = LEAST
) -> list[Judged]:
    """Every server's certificate, asked for now, and the authorities that clients are given. Raises ConfigError."""
    asked = list(places(outputs, environment))
    with ThreadPoolExecutor(max_workers=len(asked) or 1) as pool:
        found = [judge(one, now, least) for one in pool.map(shown, asked)]
    return [*found, *_authorities(outputs, asked, now, least)]


def judge(one: Shown, now: datetime, least: timedelta) -> Judged:
    """What a server showed."""
    place = one.place
    if one.certificate is None:
        return Judged(place.name, place.address, None, (Problem(f"it shows no certificate: {one.trouble}", LOOK),))
    problems = list(_dates(one.certificate, now, least))
    if one.distrusted:
        signer = f"it is signed by {one.certificate.issuer!r}, whom its clients do not trust ({one.distrusted})"
        problems.append(Problem(signer, TRUST))
    if not one.certificate.is_for(place.host):
        names = ", ".join(one.certificate.names) or "nobody"
        problems.append(Problem(f"it is for {names}, and not for {place.host}, where clients call it", RENEW))
    return Judged(place.name, place.address, one.certificate, tuple(problems))


def _dates(certificate: Certificate, now: datetime, least: timedelta) -> Iterable[Problem]:
    if now < certificate.begins:
        yield Problem(f"it begins {_day(certificate.begins)}: a clock is wrong, here or where it was issued", LOOK)
    left = certificate.ends - now
    if left <= timedelta():
        yield Problem(f"it ended {_day(certificate.ends)}: clients refuse the server", RENEW)
    elif left < least:
        yield Problem(f"it ends {_day(certificate.ends)}, in {left.days} days", RENEW)


def _authorities(
    outputs: Mapping[str, Any], asked: Sequence[Place], now: datetime, least: timedelta
) -> Iterable[Judged]:
    """Those that clients are given, each once whatever number of files it is in; none of the machine's own."""
    given = {place.authority for place in asked} | {outputs.get("caCertificate")}
    found = {one for text in given if text for one in in_pem(text)}
    for one in sorted(found, key=lambda each: each.ends):
        yield Judged(AUTHORITY, one.subject, one, tuple(_dates(one, now, least)))


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
