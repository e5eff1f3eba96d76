"""A cluster that is there already, with database and store in it."""

import pulumi

from infra.cluster.cluster import Cluster, ClusterArgs
from infra.database import roles
from infra.database.database import Database, DatabaseArgs
from infra.foundation.exposure import AtNodePort
from infra.foundation.objects import reveal
from infra.observability.rules import PLATFORM_ALERTS, SERVER_ALERTS
from infra.settings.models import MachineSettings
from infra.sites.site import DatabaseLogins, Exposures, Site, StoreAccesses
from infra.storage.storage import Storage, StorageArgs


def machine(settings: MachineSettings) -> Site:
    """Database, store and namespaces in the cluster that the settings name."""
    images, secrets, ports = settings.images, settings.secrets, settings.node_ports
    cluster = Cluster(
        "cluster", ClusterArgs(settings.namespaces, settings.cluster.kubeconfig, settings.cluster.context)
    )
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    database = Database(
        "database",
        DatabaseArgs(
            namespace=cluster.platform,
            image=images.postgres,
            jobs_image=images.jobs,
            settings=settings.database,
            secrets=secrets,
            durability=settings.durability,
            exposure=AtNodePort(ports.database),
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
            durability=settings.durability,
            exposure=AtNodePort(ports.store),
        ),
        inside,
    )
    return Site(
        cluster=cluster,
        database=DatabaseLogins(
            tracking=database.tracking, auth=database.auth, studies=database.studies, backup=database.backup
        ),
        care=database.care.access(),
        store=StoreAccesses(**storage.accesses),
        buckets=settings.storage.buckets,
        ready=[database.ready, storage.ready],
        hosts=[f"{settings.cluster.node_address}:{ports.tracking}"],
        exposures=Exposures(
            tracking=AtNodePort(ports.tracking),
            serving=AtNodePort(ports.serving),
            prometheus=AtNodePort(ports.prometheus),
            alertmanager=AtNodePort(ports.alertmanager),
        ),
        alerts=(*PLATFORM_ALERTS, *SERVER_ALERTS),
        scrapers=(),
        outputs=_outputs(settings),
    )


def _outputs(settings: MachineSettings) -> dict[str, pulumi.Input[object]]:
    node, ports, secrets = settings.cluster.node_address, settings.node_ports, settings.secrets
    return {
        "trackingUri": f"http://{node}:{ports.tracking}",
        "storeEndpoint": f"https://{node}:{ports.store}",
        "storeRegion": settings.storage.region,
        "databaseHost": f"{node}:{ports.database}",
        "servingUrl": f"http://{node}:{ports.serving}",
        "prometheusUrl": f"http://{node}:{ports.prometheus}",
        "alertmanagerUrl": f"http://{node}:{ports.alertmanager}",
        "storeAccessKey": reveal(secrets.store_access_key),
        "storeSecretKey": reveal(secrets.store_secret_key),
        "databaseSuperuserPassword": reveal(secrets.database_superuser_password),
        "studiesUrl": pulumi.Output.format(
            "postgresql://{0}:{1}@{2}:{3}/studies?sslmode=verify-full",
            roles.STUDIES,
            reveal(secrets.database_studies_password),
            node,
            str(ports.database),
        ),
        "caCertificate": reveal(secrets.ca_certificate),
    }
