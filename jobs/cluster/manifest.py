"""A Job as a Kubernetes object; pure: dictionaries in, dictionaries out.

The files travel as annotations of the pod and are mounted through the downward API: one object, so that an interrupted
creation leaves either a whole Job or none.
"""

from __future__ import annotations

import copy
from typing import Any

from jobs.cluster.job import FOLDER, JobSpec
from jobs.errors import ClusterError

NAMESPACE = "ml-training"
CONTAINER = "job"
# Logs of a finished Job can be read for a week.
KEEP_SECONDS = 7 * 24 * 3600
SPEC = "mlops.io/job-spec"
RETRY_OF = "mlops.io/retry-of"
EXPERIMENT = "mlops.io/experiment"
KIND = "job-type"
FILE_PREFIX = "file.mlops.io/"
# `mlops` ends so for a config or an option that is wrong: another attempt cannot help.
USAGE = 2


def labels(spec: JobSpec) -> dict[str, str]:
    """On Job and pod; `job-type` is what rules and alerts count."""
    return {
        KIND: spec.kind,
        "app.kubernetes.io/component": spec.kind,
        "app.kubernetes.io/managed-by": "mlops",
        **spec.labels,
    }


def job_manifest(spec: JobSpec, template: dict[str, Any], retry_of: str | None = None) -> dict[str, Any]:
    """The Job from the PodTemplate's `template`, which is not changed. Raises ClusterError."""
    annotations = {SPEC: spec.to_text(), **({RETRY_OF: retry_of} if retry_of else {})}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": spec.name, "labels": labels(spec), "annotations": annotations},
        "spec": {
            **_attempts(spec),
            "activeDeadlineSeconds": spec.deadline,
            "ttlSecondsAfterFinished": KEEP_SECONDS,
            "template": _pod(spec, template),
        },
    }


def spec_of(job: dict[str, Any]) -> JobSpec:
    """What the Job was made of. Raises ClusterError when it was not made here."""
    pod = job["spec"]["template"]["metadata"].get("annotations") or {}
    files = {key.removeprefix(FILE_PREFIX): text for key, text in pod.items() if key.startswith(FILE_PREFIX)}
    try:
        return JobSpec.from_text((job["metadata"].get("annotations") or {})[SPEC], files)
    except (KeyError, TypeError, ValueError) as error:
        name = job["metadata"]["name"]
        raise ClusterError(
            "the Job does not say what it was made of", given=f"{NAMESPACE}/{name}",
            allowed="Jobs made by `mlops`", change="start it anew",
        ) from error  # fmt: skip


def _attempts(spec: JobSpec) -> dict[str, Any]:
    failing = "FailJob"
    attempts: dict[str, Any] = {"backoffLimit": spec.retries}
    if spec.workers > 1:
        # One worker's bad luck does not take the others' attempts.
        failing = "FailIndex"
        attempts = {
            "completionMode": "Indexed", "completions": spec.workers, "parallelism": spec.workers,
            "backoffLimitPerIndex": spec.retries,
        }  # fmt: skip
    usage = {"containerName": CONTAINER, "operator": "In", "values": [USAGE]}
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    rules = [{"action": failing, "onExitCodes": usage}, {"action": "Ignore", "onPodConditions": disrupted}]
    return {**attempts, "podFailurePolicy": {"rules": rules}}


def _pod(spec: JobSpec, template: dict[str, Any]) -> dict[str, Any]:
    pod = copy.deepcopy(template)
    metadata = pod.setdefault("metadata", {})
    # The template's own labels win: network policies select by them.
    metadata["labels"] = {**labels(spec), **(metadata.get("labels") or {})}
    files = {f"{FILE_PREFIX}{name}": text for name, text in spec.files.items()}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), **files}
    pod["spec"]["restartPolicy"] = "Never"
    names = [one["name"] for one in pod["spec"]["containers"]]
    if CONTAINER not in names:
        raise ClusterError(f"the PodTemplate has no container {CONTAINER!r}", given=names)
    container = pod["spec"]["containers"][names.index(CONTAINER)]
    container["command"] = list(spec.command)
    container.pop("args", None)
    env = {**spec.env, "MLOPS_JOB": spec.name, "MLOPS_WORKERS": str(spec.workers)}
    container["env"] = [one for one in container.get("env") or [] if one["name"] not in env]
    container["env"] += [{"name": name, "value": value} for name, value in sorted(env.items())]
    # The pod's reason is the end of its log, without another request.
    container["terminationMessagePolicy"] = "FallbackToLogsOnError"
    if spec.image:
        container["image"] = spec.image
    if amounts := (spec.resources.amounts() if spec.resources else {}):
        own = container.get("resources") or {}
        container["resources"] = {part: {**(own.get(part) or {}), **amounts} for part in ("requests", "limits")}
    if files:
        items = [
            {"path": name, "fieldRef": {"fieldPath": f"metadata.annotations['{FILE_PREFIX}{name}']"}}
            for name in sorted(spec.files)
        ]
        pod["spec"].setdefault("volumes", []).append({"name": "files", "downwardAPI": {"items": items}})
        container.setdefault("volumeMounts", []).append({"name": "files", "mountPath": FOLDER, "readOnly": True})
    return pod
