"""An AWS account as a site."""

from functools import partial

import pulumi

from infra.cluster.cluster import Cluster, ClusterArgs
from infra.cluster.storage_class import DefaultStorageClass, DefaultStorageClassArgs
from infra.foundation.exposure import ClusterOnly, InternalLoadBalancer
from infra.observability.rules import PLATFORM_ALERTS
from infra.settings.models import AwsSettings
from infra.sites.consumers import Consumers, ConsumersArgs
from infra.sites.endpoints import endpoints
from infra.sites.ground import ground
from infra.sites.site import Exposures, Site


def aws(settings: AwsSettings) -> Site:
    """The account's services, namespaces in its cluster, and database and buckets for those who use them."""
    on = ground(settings)
    cluster = Cluster("cluster", ClusterArgs(settings.namespaces, on.cluster.kubeconfig))
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    DefaultStorageClass("storage-class", DefaultStorageClassArgs(on.keys.cluster.arn, settings.durability), inside)
    consumers = Consumers(
        "consumers",
        ConsumersArgs(settings, on, cluster),
        pulumi.ResourceOptions(providers=[cluster.provider, on.provider]),
    )
    balanced = InternalLoadBalancer(
        certificate=settings.endpoints.certificate,
        sources=(settings.network.cidr, *settings.endpoints.clients),
        tags=on.cloud.tagged("load-balancer"),
    )
    return Site(
        cluster=cluster,
        database=consumers.logins,
        care=consumers.care,
        store=consumers.accesses,
        buckets=settings.storage.buckets,
        ready=[consumers.ready, *on.storage.ready],
        hosts=[settings.endpoints.tracking_host],
        exposures=Exposures(tracking=balanced, serving=balanced, prometheus=ClusterOnly(), alertmanager=ClusterOnly()),
        alerts=PLATFORM_ALERTS,
        scrapers=on.network.private_cidrs,
        outputs={
            "trackingUri": f"https://{settings.endpoints.tracking_host}",
            "servingUrl": f"https://{settings.endpoints.serving_host}",
            "databaseHost": on.database.host,
            "storeRegion": on.cloud.region,
            "clusterName": on.cluster.name,
        },
        beyond=partial(endpoints, settings, on),
    )
