"""A training run as Kubernetes objects; pure: dictionaries in, dictionaries out."""

from __future__ import annotations

import copy
from typing import Any

NAMESPACE = "ml-training"
TEMPLATE = "training"
CONTAINER = "job"
CONFIG_PATH = "/etc/mlops/config.yaml"
CONFIG_FILE = "config.yaml"
# Logs of a finished Job can be read for a week.
KEEP_SECONDS = 7 * 24 * 3600


def labels(experiment: str) -> dict[str, str]:
    """On Job, ConfigMap and pod; `job-type` is what the alert on training failures counts."""
    return {
        "job-type": "training",
        "app.kubernetes.io/component": "training",
        "app.kubernetes.io/managed-by": "mlops",
        "mlops.io/experiment": experiment,
    }


def job_manifest(name: str, experiment: str, template: dict[str, Any], deadline: int) -> dict[str, Any]:
    """The Job from the PodTemplate's `template`; suspended, so that no pod starts before its ConfigMap exists."""
    pod = copy.deepcopy(template)
    metadata = pod.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), **_pod_labels(metadata.get("labels") or {}, experiment)}
    spec = pod["spec"]
    spec["restartPolicy"] = "Never"
    spec.setdefault("volumes", []).append({"name": "config", "configMap": {"name": name}})
    container = next((one for one in spec["containers"] if one["name"] == CONTAINER), None)
    if container is None:
        raise ValueError(
            f"the PodTemplate has no container {CONTAINER!r}: {[one['name'] for one in spec['containers']]}"
        )
    container["command"] = ["mlops", "train", "run", CONFIG_PATH]
    container.pop("args", None)
    # One file, because the folder also holds the certificate of the platform's CA.
    mount = {"name": "config", "mountPath": CONFIG_PATH, "subPath": CONFIG_FILE, "readOnly": True}
    container.setdefault("volumeMounts", []).append(mount)
    # The pod's reason is the end of its log, without another request.
    container["terminationMessagePolicy"] = "FallbackToLogsOnError"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels(experiment)},
        "spec": {
            "suspend": True,
            "backoffLimit": 1,
            "activeDeadlineSeconds": deadline,
            "ttlSecondsAfterFinished": KEEP_SECONDS,
            "template": pod,
        },
    }


def config_map(name: str, experiment: str, config: str, job_uid: str) -> dict[str, Any]:
    """The config; goes away with its Job."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "labels": labels(experiment),
            "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job_uid, "controller": True}
            ],
        },
        "immutable": True,
        "data": {CONFIG_FILE: config},
    }


def _pod_labels(own: dict[str, str], experiment: str) -> dict[str, str]:
    """The template's own labels win: network policies select by them."""
    return {key: value for key, value in labels(experiment).items() if key not in own}
