"""Table of contents: every part of the platform in order, and what others may know of it."""

import pulumi

from infra.cluster.cluster import Cluster, ClusterArgs
from infra.database.database import Database, DatabaseArgs
from infra.foundation.objects import reveal
from infra.observability.observability import Observability, ObservabilityArgs
from infra.schedules.schedules import Schedules, SchedulesArgs
from infra.serving.model_server import ModelServer, ModelServerArgs
from infra.settings.models import Settings
from infra.storage.storage import Storage, StorageArgs
from infra.tracking.tracking import Tracking, TrackingArgs
from infra.training.training import Training, TrainingArgs


def build(settings: Settings) -> None:
    """Declares the whole stack."""
    images, secrets, durability = settings.images, settings.secrets, settings.durability
    node_address = settings.cluster.node_address

    cluster = Cluster("cluster", ClusterArgs(settings.cluster, settings.namespaces))
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    database = Database(
        "database",
        DatabaseArgs(
            namespace=cluster.platform,
            image=images.postgres,
            settings=settings.database,
            secrets=secrets,
            durability=durability,
        ),
        inside,
    )
    storage = Storage(
        "storage",
        StorageArgs(
            namespace=cluster.platform,
            image=images.store,
            jobs_image=images.jobs,
            settings=settings.storage,
            secrets=secrets,
            durability=durability,
        ),
        inside,
    )
    tracking = Tracking(
        "tracking",
        TrackingArgs(
            namespace=cluster.platform,
            image=images.tracking,
            settings=settings.tracking,
            secrets=secrets,
            store=storage.tracking,
            artifact_bucket=settings.storage.buckets.artifacts,
            node_address=node_address,
            after=[database.ready, storage.ready],
        ),
        inside,
    )
    Training(
        "training",
        TrainingArgs(
            namespace=cluster.training,
            image=images.jobs,
            settings=settings.training,
            access=tracking.training | storage.training,
        ),
        inside,
    )
    ModelServer(
        "model-server",
        ModelServerArgs(
            namespace=cluster.serving,
            image=images.serving,
            settings=settings.serving,
            access=tracking.serving | storage.serving,
        ),
        inside,
    )
    Schedules(
        "schedules",
        SchedulesArgs(
            platform=cluster.platform,
            training=cluster.training,
            image=images.jobs,
            settings=settings.schedules,
            backup_access=database.superuser | storage.backup,
            drift_access=tracking.serving | storage.drift,
            buckets=settings.storage.buckets,
            model_name=settings.serving.model_name,
            model_alias=settings.serving.model_alias,
        ),
        inside,
    )
    Observability(
        "observability",
        ObservabilityArgs(
            namespace=cluster.monitoring,
            watched=cluster.namespaces,
            images=images,
            settings=settings.observability,
            durability=durability,
        ),
        inside,
    )
    _export(settings, cluster)


def _export(settings: Settings, cluster: Cluster) -> None:
    node, secrets, buckets = settings.cluster.node_address, settings.secrets, settings.storage.buckets
    outputs = {
        "trackingUri": f"http://{node}:{settings.tracking.node_port}",
        "storeEndpoint": f"https://{node}:{settings.storage.node_port}",
        "storeRegion": settings.storage.region,
        "databaseHost": f"{node}:{settings.database.node_port}",
        "servingUrl": f"http://{node}:{settings.serving.node_port}",
        "prometheusUrl": f"http://{node}:{settings.observability.prometheus.node_port}",
        "alertmanagerUrl": f"http://{node}:{settings.observability.alertmanager.node_port}",
        "artifactBucket": buckets.artifacts,
        "buckets": list(buckets.model_dump().values()),
        "namespaces": list(cluster.namespaces.values()),
        "trackingAdminPassword": reveal(secrets.tracking_admin_password),
        "storeAccessKey": reveal(secrets.store_access_key),
        "storeSecretKey": reveal(secrets.store_secret_key),
        "caCertificate": reveal(secrets.ca_certificate),
    }
    for name, value in outputs.items():
        pulumi.export(name, value)
