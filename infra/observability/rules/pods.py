"""Pods of every workload: whether they are there, stay, and have room."""

from infra.observability.alert import Alert, Severity

_POD = "by (namespace, pod)"
_CONTAINER = "by (namespace, pod, container)"

ALERTS: tuple[Alert, ...] = (
    Alert(
        "PodDown",
        Severity.P2,
        "{{ $labels.pod }} in {{ $labels.namespace }} has not been ready for ten minutes.",
        # Pods of Jobs are not ready when they have ended; what became of them, other alerts tell.
        f'(max {_POD} (kube_pod_status_ready{{condition="true"}}) == 0)'
        f' and max {_POD} (kube_pod_status_phase{{phase=~"Pending|Running|Unknown"}}) == 1'
        ' unless on(namespace, pod) kube_pod_owner{owner_kind="Job"}',
        after="10m",
    ),
    Alert(
        "PodCrashLooping",
        Severity.P2,
        "{{ $labels.container }} of {{ $labels.pod }} ends again and again.",
        # Between two waits it runs for a moment: looked at for longer than that.
        f"max {_CONTAINER} (max_over_time("
        'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m])) == 1',
        after="5m",
    ),
    Alert(
        "MemoryNearLimit",
        Severity.P2,
        "{{ $labels.container }} of {{ $labels.pod }} has more than 90 % of its memory: at 100 % it is killed.",
        # Anonymous memory, not the working set: of that the kernel takes back what files have in it, before it kills.
        f'max {_CONTAINER} (container_memory_rss{{container!=""}})'
        f' / max {_CONTAINER} (kube_pod_container_resource_limits{{resource="memory"}}) > 0.9',
        after="5m",
    ),
    Alert(
        "VolumeNearlyFull",
        Severity.P1,
        "The volume {{ $labels.persistentvolumeclaim }} has less than 10 % of its room left.",
        "max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes)"
        " / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes) < 0.1",
        after="5m",
    ),
    # A node's kubelet may be unable to tell of volumes, as that of `local` is; there they are folders of the same disk.
    Alert(
        "NodeDiskNearlyFull",
        Severity.P1,
        "The disk of the node of {{ $labels.pod }} has less than 10 % of its room left.",
        "mlops_node_disk_available_bytes / mlops_node_disk_size_bytes < 0.1",
        after="5m",
    ),
)
