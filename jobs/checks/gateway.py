"""What a client meets: the key, the answer, the version behind it."""

from __future__ import annotations

from typing import Any

from jobs.bundle.manifest import Manifest
from jobs.checks.check import Finding, bad, fine, skipped
from jobs.checks.golden import compared
from jobs.checks.system import System
from jobs.errors import ConfigError

HEADER = "x-api-key"
TRACK = "x-mlops-track"


def key_wanted(system: System) -> Finding:
    """A prediction without a key, or with a wrong one, is refused."""
    if system.api_key is None:
        return skipped("this platform gives no API key")
    without, wrong = (
        _post(system, [], headers).status_code for headers in ({}, {HEADER: "not-a-key-of-this-platform"})
    )
    if (without, wrong) == (401, 401):
        return fine("401 without a key and with a wrong one")
    return bad(
        f"status {without} without a key, {wrong} with a wrong one, and both must be 401",
        "anybody can ask: look at the gateway's file of keys and its log",
    )


def prediction(system: System) -> Finding:
    """The champion's own golden rows get the champion's own answers."""
    manifest, version = champion(system)
    rows = manifest.golden
    if not rows:
        return skipped(f"version {version} has no golden rows")
    answer = _post(system, [row.record for row in rows], {HEADER: system.api_key} if system.api_key else {})
    if answer.status_code != 200:
        return bad(
            f"status {answer.status_code}: {answer.text[:150]}",
            "401: the key is not the gateway's; 503: no model server is ready; else the model server's log",
        )
    wanted, undo = f"the alias {system.alias} names {version}", f"roll back: `mlops models rollback {system.model}`"
    return compared(answer.json(), rows, version, wanted, undo, answer.headers.get(TRACK, ""))


def champion(system: System) -> tuple[Manifest, str]:
    """Manifest and number of the version that the alias names. Raises RegistryError, BundleError."""
    version = system.registry.find(system.model, f"@{system.alias}")
    return system.registry.verify(version).manifest, version.version


def _post(system: System, records: list[dict[str, Any]], headers: dict[str, str]) -> Any:
    address = system.address("servingUrl")
    if address is None:
        raise ConfigError("no model server is known", change="run `make up`")
    return system.http.post(f"{address}/predict", json={"records": records}, headers=headers)
