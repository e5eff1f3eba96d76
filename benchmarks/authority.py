"""The authority of a running instance hands over to another one, under clients: `python -m benchmarks.authority`.

The same authority with 300 days left takes the place of the one of ten years in `mlops:secrets`, as it would be nine
years later; then `make up` runs three times. Clients hold a session of PostgreSQL, log in anew, write and read objects
and ask MLflow all the while, each with the file of authorities as it lies. `--write` puts the figures into the runbook.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.certificate_clients import DOC, ROOT, Client, asking, begin, pods
from benchmarks.tables import markdown, with_tables
from jobs.certificates.place import Place, places
from jobs.certificates.shown import shown
from jobs.settings import Instance
from local.cache import cache_root
from local.cluster.client import Cluster
from local.cluster.wait import until
from local.platform.certificates import TRUSTED, signer_of, split
from local.platform.engine import Engine
from local.platform.stack_config import AUTHORITY_KEY, SECRETS
from local.toolchain.build import toolchain_folder

SERVERS = ("database", "store")
LEFT = timedelta(days=300)
SECONDS = 300.0
STEPS = ("clients hear of the new one", "servers show certificates of the new one", "the old one is forgotten")


def main() -> None:
    arguments = begin(__doc__ or "")
    instance = Instance.read()
    engine = Engine(instance.folder, toolchain_folder(cache_root()))
    cluster = Cluster(instance.kubeconfig)
    servers = {place.name: place for place in places(instance.outputs(), os.environ) if place.name in SERVERS}
    _age(engine)
    with asking() as clients:
        rows = [_step(step, arguments.instance, engine, cluster, servers, clients) for step in STEPS]
    table = markdown(
        ["`make up`", "took", "authorities told", "servers it signed for", "pods started anew", "asked, failed"], rows
    )
    print(table, *(line for one in clients for line in one.failed), sep="\n")
    if arguments.write:
        DOC.write_text(with_tables(DOC.read_text(), {"authority": table}))


def _step(
    step: str,
    instance: str,
    engine: Engine,
    cluster: Cluster,
    servers: Mapping[str, Place],
    clients: list[Client],
) -> list[str]:
    """One run, and until servers show what it has issued."""
    there, asked, failed = pods(cluster), _asked(clients), _failed(clients)
    begun = time.monotonic()
    subprocess.run(["make", "-C", str(ROOT), "up", f"INSTANCE={instance}"], stdout=sys.stderr, check=True)
    took = time.monotonic() - begun
    kept = _secrets(engine)
    issued = {name: x509.load_pem_x509_certificate(str(kept[f"{name}Certificate"]).encode()) for name in servers}

    def behind() -> list[str]:
        found = {name: shown(place).certificate for name, place in servers.items()}
        return [name for name, one in found.items() if one is None or one.ends != issued[name].not_valid_after_utc]

    until(f"what was issued to be shown by {list(servers)}", lambda: not behind(), seconds=SECONDS,
          why_not=lambda: f"not by {behind()}")  # fmt: skip
    told = split(str(kept[TRUSTED]))
    signer = signer_of(told, (engine.folder / AUTHORITY_KEY).read_bytes())
    assert signer is not None, "none of the authorities told has the key"
    ours = [leaf for leaf in issued.values() if signer.has_signed(leaf)]
    return [
        step,
        f"{took:.0f} s",
        str(len(told)),
        f"{len(ours)} of {len(servers)}",
        str(len(there.keys() - pods(cluster).keys())),
        f"{_asked(clients) - asked}, {_failed(clients) - failed}",
    ]


def _age(engine: Engine) -> None:
    """Key, name and everything else of it stay; servers' certificates are still signed by it."""
    kept = _secrets(engine)
    (old,) = x509.load_pem_x509_certificates(str(kept[TRUSTED]).encode())
    key = serialization.load_pem_private_key((engine.folder / AUTHORITY_KEY).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "the authority's key is not one of an elliptic curve"
    aged = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(datetime.now(UTC) + LEFT)
    )
    for extension in old.extensions:
        aged = aged.add_extension(extension.value, critical=extension.critical)
    kept[TRUSTED] = aged.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    engine.run("config", "set", "--secret", SECRETS, given=json.dumps(kept), folder=engine.folder)


def _secrets(engine: Engine) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(engine.run("config", "get", SECRETS, folder=engine.folder))
    return kept


def _asked(clients: list[Client]) -> int:
    return sum(one.asked for one in clients)


def _failed(clients: list[Client]) -> int:
    return sum(len(one.failed) for one in clients)


if __name__ == "__main__":
    main()
