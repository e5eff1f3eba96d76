"""Does each part answer?"""

from __future__ import annotations

import json
from typing import Any

from jobs.checks.check import Finding, bad, fine, judged, skipped
from jobs.checks.system import System
from jobs.errors import ConfigError

BOTH_SITES = frozenset({"trackingUri", "servingUrl", "databaseHost", "artifactBucket", "bucketNames", "namespaces"})
MACHINE = BOTH_SITES | {"storeEndpoint", "prometheusUrl", "alertmanagerUrl", "caCertificate"}
AWS = BOTH_SITES | {"clusterName", "predictUrl", "endpointName"}


def outputs(system: System) -> Finding:
    """The stack says where its parts are."""
    if not system.outputs:
        return bad("the stack's outputs are not there", "`make up`, or set MLOPS_INSTANCE to an instance that is up")
    wanted = AWS if "clusterName" in system.outputs else MACHINE
    missing = sorted(name for name in wanted if not system.outputs.get(name))
    problems = [f"the stack has no output {name}" for name in missing]
    return judged(problems, f"{len(system.outputs)} outputs", "`make up` writes them anew")


def tracking(system: System) -> Finding:
    """MLflow's server answers."""
    return _answers(system, "trackingUri", "/health")


def database(system: System) -> Finding:
    """MLflow's server reaches its databases."""
    return _through_tracking(system, "database", lambda name: "store" not in name)


def store(system: System) -> Finding:
    """MLflow's server reaches the store."""
    return _through_tracking(system, "store", lambda name: "store" in name)


def store_direct(system: System) -> Finding:
    """The store answers us."""
    bucket = system.outputs.get("artifactBucket")
    if not bucket:
        return skipped("no bucket is known")
    from jobs.store import client

    client(attempts=1).head_bucket(Bucket=str(bucket))
    return fine(f"bucket {bucket} answers")


def serving(system: System) -> Finding:
    """A model server behind the gateway has a verified model."""
    return _answers(system, "servingUrl", "/ready")


def prometheus(system: System) -> Finding:
    """Prometheus answers questions."""
    return _answers(system, "prometheusUrl", "/-/ready")


def alertmanager(system: System) -> Finding:
    """Alertmanager takes alerts."""
    return _answers(system, "alertmanagerUrl", "/-/ready")


def _answers(system: System, output: str, path: str) -> Finding:
    address = system.address(output)
    if address is None:
        return skipped(f"no {output} is known")
    answer = system.http.get(address + path)
    said = f"{address}: {answer.text.strip()[:120] or answer.status_code}"
    if answer.status_code == 200:
        return fine(said)
    return bad(f"{said} (status {answer.status_code})", "look at its pods and their logs: `make status`")


def _through_tracking(system: System, part: str, mine: Any) -> Finding:
    address = system.address("trackingUri")
    if address is None:
        raise ConfigError("no MLflow server is known", change="run `make up`, or set MLFLOW_TRACKING_URI")
    answer = system.http.get(f"{address}/ready")
    if answer.status_code == 404:
        return skipped("this MLflow server has no /ready")
    try:
        said: dict[str, str] = {name: str(value) for name, value in answer.json().items() if name != "ready"}
    except json.JSONDecodeError:
        return bad(f"{address}/ready: status {answer.status_code}", "look at MLflow's pods: `make status`")
    problems = [f"{name}: {value}" for name, value in sorted(said.items()) if mine(name) and value != "ok"]
    return judged(
        problems, f"{', '.join(sorted(name for name in said if mine(name)))} ok, asked through MLflow",
        f"look at the {part}'s pod and its log: `make status`",
    )  # fmt: skip
