"""Questions about workloads, as kube-state-metrics answers them."""

from collections.abc import Sequence

from infra.foundation.addresses import KUBE_STATE_METRICS, Endpoint

CLUSTER_METRICS = f'up{{job="{KUBE_STATE_METRICS.service}"}} == 1'


def no_deployment(workload: Endpoint, tracks: Sequence[str] = ()) -> str:
    """No replica of a Deployment is ready, or it is gone; of one with tracks, none of any."""
    return _none_ready("kube_deployment_status_replicas_available", "deployment", workload, tracks)


def no_stateful_set(workload: Endpoint) -> str:
    """No replica of a StatefulSet is ready, or it is gone."""
    return _none_ready("kube_statefulset_status_replicas_ready", "statefulset", workload)


def _none_ready(metric: str, kind: str, workload: Endpoint, tracks: Sequence[str] = ()) -> str:
    """Absence counts only while kube-state-metrics answers: else one outage would look like all of them."""
    name = f'=~"{workload.service}-({"|".join(tracks)})"' if tracks else f'="{workload.service}"'
    series = f'{metric}{{namespace="{workload.namespace}",{kind}{name}}}'
    return f"(sum({series}) == 0) or (absent({series}) and on() ({CLUSTER_METRICS}))"
