"""What a user does: log in to MLflow and write, put an object into the store; both are taken away again."""

from __future__ import annotations

import secrets
from typing import Any

from jobs.checks.check import Finding, bad, fine, skipped
from jobs.checks.system import System
from jobs.errors import MlopsError
from jobs.registry.champion import API

EXPERIMENT = "mlops-validate"
SCRATCH = "scratch/validate"


def tracking_writes(system: System) -> Finding:
    """Our login may make a run; what it logs is read back, and the run is removed."""
    experiment = _experiment(system)
    run = _api(system, "POST", "runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
    token = secrets.token_hex(8)
    try:
        _api(system, "POST", "runs/set-tag", {"run_id": run, "key": "mlops.validate", "value": token})
        tags = _api(system, "GET", "runs/get", {"run_id": run})["run"]["data"].get("tags", [])
    finally:
        _api(system, "POST", "runs/delete", {"run_id": run})
    if {"key": "mlops.validate", "value": token} in tags:
        return fine("a run was made, read back and removed")
    return bad("what a run logged is not read back", "look at MLflow's log: `make status`")


def login_wanted(system: System) -> Finding:
    """Nobody gets in without a login."""
    if system.tracking.auth is None:
        return skipped("this MLflow server has no logins")
    status = system.http.post(f"{system.tracking.uri}{API}/experiments/search", json={"max_results": 1}).status_code
    if status == 401:
        return fine("401 without a login")
    return bad(f"status {status} without a login, and it must be 401", "look at MLflow's settings of basic-auth")


def store_writes(system: System) -> Finding:
    """Our account may put, get and remove an object, which leaves no version behind."""
    bucket = system.outputs.get("artifactBucket")
    if not bucket:
        return skipped("no bucket is known")
    from jobs.store import client

    store, key, content = client(attempts=1), f"{SCRATCH}/{secrets.token_hex(8)}", secrets.token_bytes(64)
    version = store.put_object(Bucket=str(bucket), Key=key, Body=content).get("VersionId")
    try:
        read = store.get_object(Bucket=str(bucket), Key=key)["Body"].read()
    finally:
        # Of a versioned bucket a plain removal would leave the object and a marker.
        given: dict[str, Any] = {"VersionId": version} if version else {}
        store.delete_object(Bucket=str(bucket), Key=key, **given)
    if read != content:
        return bad("an object is not read as it was written", "look at the store's log: `make status`")
    return fine(f"an object of {bucket} was put, read back and removed")


def _experiment(system: System) -> str:
    found = _api(system, "GET", "experiments/get-by-name", {"experiment_name": EXPERIMENT}, absent_ok=True)
    if found is None:
        return str(_api(system, "POST", "experiments/create", {"name": EXPERIMENT})["experiment_id"])
    return str(found["experiment"]["experiment_id"])


def _api(system: System, method: str, path: str, data: dict[str, Any], *, absent_ok: bool = False) -> Any:
    given: dict[str, Any] = {"params": data} if method == "GET" else {"json": data}
    answer = system.http.request(method, f"{system.tracking.uri}{API}/{path}", auth=system.tracking.auth, **given)
    if absent_ok and answer.status_code == 404:
        return None
    if answer.status_code in (401, 403):
        raise MlopsError(
            f"MLflow refuses our login (status {answer.status_code})", given=path,
            change='`eval "$(mlops env)"`, or another MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD',
        )  # fmt: skip
    if answer.status_code != 200:
        raise MlopsError(f"MLflow says {answer.status_code}", given=f"{path}: {answer.text[:150]}")
    return answer.json()
