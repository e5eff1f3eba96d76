"""A Job that prepares something once: roles in a database, buckets in a store, a schema."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, workload
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import TRY_AGAIN, metadata


def one_off(
    owner: Component,
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    container: workload.Container,
    *,
    after: Sequence[pulumi.Resource],
    retries: int,
    deadline_seconds: int,
    account: pulumi.Input[str] | None = None,
) -> batch.Job:
    """The Job with its network policy. It runs after what it stands on, and again when that was made anew: a new server
    may stand on an empty volume."""
    networking.NetworkPolicy(
        f"{name}-network",
        metadata=metadata(app, namespace, app.name),
        spec=network.policy(app),
        opts=owner.child(),
    )
    template = workload.job(app, container, deadline_seconds=deadline_seconds, service_account=account)
    return batch.Job(
        name,
        metadata=metadata(app, namespace, annotations=TRY_AGAIN),
        spec=batch.JobSpecArgs(backoff_limit=retries, template=template),
        opts=owner.child(*after, replace_with=after),
    )
