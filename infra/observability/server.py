"""The container of Prometheus and of Alertmanager: both answer the same paths."""

from collections.abc import Sequence

from infra.foundation import probes, workload
from infra.foundation.addresses import Endpoint
from infra.foundation.volumes import Mount
from infra.settings.base import ResourceSettings


def server(
    image: str, command: Sequence[str], resources: ResourceSettings, endpoint: Endpoint, *mounts: Mount
) -> workload.Container:
    """A new configuration is a new ConfigMap, and the pod restarts with it: nothing has to be told to reload."""
    return workload.Container(
        name="server",
        image=image,
        resources=resources,
        command=command,
        ports={"http": endpoint.port},
        mounts=mounts,
        # Prometheus reads its write-ahead log before it answers; after a crash that can take minutes.
        probes=probes.http("http", live="/-/healthy", ready="/-/ready", start_seconds=300),
    )
