"""The services of an AWS account that the platform stands on."""

from dataclasses import dataclass

import pulumi
import pulumi_aws

from infra.cluster.eks import EksCluster, EksClusterArgs
from infra.database.rds import RdsDatabase, RdsDatabaseArgs
from infra.encryption.keys import Keys, KeysArgs
from infra.foundation.cloud import Cloud, tags
from infra.functions.drift_alert import DriftAlert, DriftAlertArgs
from infra.network.network import Network, NetworkArgs
from infra.notifications.budget import MonthlyBudget, MonthlyBudgetArgs
from infra.notifications.topics import Topics, TopicsArgs
from infra.settings.models import AwsSettings
from infra.storage.registry import Registry, RegistryArgs
from infra.storage.s3 import S3Storage, S3StorageArgs


@dataclass(frozen=True)
class Ground:
    """What everything else in the account stands on; `provider` leads there."""

    cloud: Cloud
    provider: pulumi_aws.Provider
    keys: Keys
    topics: Topics
    network: Network
    cluster: EksCluster
    storage: S3Storage
    database: RdsDatabase
    drift: DriftAlert


def ground(settings: AwsSettings) -> Ground:
    """Keys, topics, network, cluster, buckets, database, what drift sets off, repositories and the budget."""
    cloud = _cloud(settings)
    # Credentials of another account are refused before anything is made with them.
    provider = pulumi_aws.Provider("aws", region=cloud.region, allowed_account_ids=[cloud.account])
    inside = pulumi.ResourceOptions(provider=provider)
    keys = Keys("keys", KeysArgs(cloud), inside)
    topics = Topics("alerts", TopicsArgs(cloud, settings.notifications, keys.messages.arn), inside)
    network = Network(
        "network", NetworkArgs(cloud, settings.network, keys.logs.arn, settings.cluster.private_access), inside
    )
    cluster = EksCluster(
        "eks",
        EksClusterArgs(
            cloud=cloud,
            settings=settings.cluster,
            subnets=network.private_subnets,
            node_group=network.groups["nodes"],
            api_group=network.groups["api"],
            secrets_key=keys.cluster.arn,
            volume_key=keys.cluster.arn,
            log_key=keys.logs.arn,
        ),
        # Nodes join through endpoints and rules of the network: all of it comes first, and goes last.
        pulumi.ResourceOptions(provider=provider, depends_on=[network]),
    )
    storage = S3Storage("storage", S3StorageArgs(cloud, settings.storage, keys.storage.arn), inside)
    database = RdsDatabase(
        "database",
        RdsDatabaseArgs(
            cloud=cloud,
            settings=settings.database,
            subnets=network.database_subnets,
            group=network.groups["database"],
            key=keys.database.arn,
            log_key=keys.logs.arn,
            alarm_topics=topics.arns,
        ),
        inside,
    )
    drift = DriftAlert(
        "drift-alert",
        DriftAlertArgs(
            cloud=cloud,
            settings=settings.functions.drift_alert,
            log_key=keys.logs.arn,
            message_key=keys.messages.arn,
            alarm_topics=topics.arns,
        ),
        inside,
    )
    Registry("images", RegistryArgs(cloud, keys.storage.arn), inside)
    MonthlyBudget("budget", MonthlyBudgetArgs(cloud, settings.budget), inside)
    return Ground(cloud, provider, keys, topics, network, cluster, storage, database, drift)


def _cloud(settings: AwsSettings) -> Cloud:
    given, stack = settings.aws, pulumi.get_stack()
    return Cloud(
        account=given.account,
        region=given.region,
        prefix=f"mlops-{stack}",
        durability=settings.durability,
        tags=tags(stack, given.owner, given.cost_center),
    )
