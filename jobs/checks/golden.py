"""A version's golden rows, asked of a place that serves it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobs.bundle.prediction import TOLERANCE
from jobs.checks.check import Finding, bad, fine, skipped
from jobs.checks.system import System

if TYPE_CHECKING:
    from jobs.bundle.manifest import GoldenRow
    from jobs.deployment.target import Target
    from jobs.registry.versions import Registry

# boto3's session makes one client at a time.
_CONNECTING = threading.Lock()


def answers(system: System) -> Finding:
    """The place answers the version's golden rows as the library did."""
    version = system.rolled.version
    return _asked(system, system.place, version, f"{version} should be served")


def function(system: System) -> Finding:
    """The function in Lambda answers the golden rows of the version that the registry names for it."""
    return _beside(system, "lambda", "predictFunction")


def endpoint(system: System) -> Finding:
    """The endpoint in SageMaker answers the golden rows of the version that the registry names for it."""
    return _beside(system, "sagemaker", "endpointName")


def gone_by(registry: Registry, target: Target, model: str, champion: str) -> str:
    """The alias that says what a place serves: its own, and until it has one the champion's."""
    own = target.alias(champion)
    return own if registry.holder(model, own) else champion


def compared(
    said: Mapping[str, Any], rows: Sequence[GoldenRow], version: str, wanted: str, undo: str, track: str = ""
) -> Finding:
    """An answer to golden rows with what the library said of them; `wanted` says why it must be this version. Pure."""
    if str(said["version"]) != version:
        return bad(
            f"version {said['version']} answers{f' ({track})' if track else ''}, {wanted}",
            "`mlops deploy status`: a rollout may be running, or a server refused the version (its log says why)",
        )
    differences = [
        abs(one["probability"] - row.probability) for one, row in zip(said["predictions"], rows, strict=True)
    ]
    if max(differences) > TOLERANCE:
        return bad(f"a golden row is answered {max(differences):.2g} off the probability that the library gave", undo)
    return fine(f"{len(rows)} golden rows right to {max(differences):.1g}, version {version}{track and f', {track}'}")


def _beside(system: System, name: str, output: str) -> Finding:
    """Of a place beside the cluster."""
    from jobs.deployment.targets import target_of

    if system.address(output) is None:
        return skipped(f"no {output} is known")
    with _CONNECTING:
        target = target_of(name, system.model, alias=system.alias)
    registry = system.registry
    alias = gone_by(registry, target, system.model, system.alias)
    version = registry.find(system.model, f"@{alias}").version
    return _asked(system, target, version, f"the alias {alias} names {version}")


def _asked(system: System, target: Target, version: str, wanted: str) -> Finding:
    registry = system.registry
    rows = registry.verify(registry.find(system.model, version)).manifest.golden
    said = target.ask([row.record for row in rows])
    if "predictions" not in said:
        return bad(f"{target.name} refuses the golden rows: {said}", "its log says why")
    return compared(said, rows, version, wanted, f"`mlops deploy undo {target.name} {system.model}`")
