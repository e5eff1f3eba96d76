"""What must hold between the settings of a stack on AWS. Pure: settings in, problems out."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from infra.database.instance_class import memory_bytes, most_connections
from infra.foundation.durability import Durability
from infra.network.problems import network_problems
from infra.settings.eks import NodePoolSettings
from infra.settings.models import AwsSettings, CommittedAwsSettings
from infra.settings.problem import Problem

# Two zones survive the loss of one, but then without a standby for the second.
KEPT_ZONES = 3
LONGEST_BUCKET = 63
# infra/storage/copying.py names copies.
REPLICA = "-replica"


def aws_problems(settings: CommittedAwsSettings) -> list[Problem]:
    """Every broken invariant."""
    return [
        *network_problems(settings.network),
        *_zones(settings),
        *_nodes(settings),
        *_database(settings),
        *_instance_class(settings),
        *_regions(settings),
        *_buckets(settings),
        *_sagemaker(settings),
        *_functions(settings),
        *_clients(settings),
    ]


def _zones(settings: CommittedAwsSettings) -> Iterator[Problem]:
    zones, region = settings.network.zones, settings.aws.region
    shown = ", ".join(zones)
    if len(set(zones)) != len(zones):
        yield Problem("network.zones", shown, "each zone once")
    for zone in zones:
        if zone[:-1] != region:
            yield Problem("network.zones", zone, f"zones of aws.region, which is {region}")
    if settings.durability is Durability.KEPT and len(zones) < KEPT_ZONES:
        yield Problem("network.zones", shown, f"{KEPT_ZONES} zones or more, because durability is 'kept'")


def _nodes(settings: CommittedAwsSettings) -> Iterator[Problem]:
    nodes = settings.cluster.nodes
    pools: dict[str, NodePoolSettings | None] = {"serving": nodes.serving, "training": nodes.training, "gpu": nodes.gpu}
    for name, pool in pools.items():
        key = f"cluster.nodes.{name}"
        if pool and pool.min_nodes > pool.max_nodes:
            yield Problem(f"{key}.minNodes", str(pool.min_nodes), f"at most {key}.maxNodes, which is {pool.max_nodes}")
    if nodes.serving.capacity == "spot":
        yield Problem("cluster.nodes.serving.capacity", "spot", "onDemand: it also carries MLflow and monitoring")
    if not settings.cluster.public_access and not settings.cluster.private_access:
        yield Problem(
            "cluster.privateAccess",
            "nothing",
            "the ranges of whoever runs updates, because cluster.publicAccess is empty",
        )
    open_to_all = [cidr for cidr in settings.cluster.public_access if cidr.endswith("/0")]
    for cidr in open_to_all:
        yield Problem("cluster.publicAccess", cidr, "ranges of known clients, or nothing for a private API")


def _database(settings: CommittedAwsSettings) -> Iterator[Problem]:
    database, durability = settings.database, settings.durability
    if database.max_storage * 10 < database.storage * 11:
        yield Problem(
            "database.maxStorage",
            str(database.max_storage),
            f"at least a tenth more than database.storage, which is {database.storage}",
        )
    if database.backup_days is not None and database.backup_days < durability.backup_days:
        yield Problem(
            "database.backupDays",
            str(database.backup_days),
            f"{durability.backup_days} or more, because durability is {durability.value!r}",
        )
    if isinstance(settings, AwsSettings) and database.login == "password":
        for role in ("tracking", "auth", "studies", "backup", "care"):
            if getattr(settings.secrets, f"database_{role}_password") is None:
                yield Problem(
                    f"secrets.database{role.title()}Password",
                    "nothing",
                    "a password, because database.login is 'password'",
                )


def _instance_class(settings: CommittedAwsSettings) -> Iterator[Problem]:
    given = settings.database
    try:
        memory_bytes(given.instance_class)
    except ValueError as error:
        yield Problem("database.instanceClass", given.instance_class, str(error).partition("; ")[2])
        return
    most = most_connections(given.instance_class)
    if given.max_connections > most:
        yield Problem(
            "database.maxConnections",
            str(given.max_connections),
            f"at most {most}, which is what the memory of {given.instance_class} is good for",
        )


def _buckets(settings: CommittedAwsSettings) -> Iterator[Problem]:
    names = settings.storage.buckets.model_dump(by_alias=True)
    for purpose, name in names.items():
        key = f"storage.buckets.{purpose}"
        if "." in name:
            yield Problem(key, name, "a name without dots: TLS certificates of S3 cover one level only")
        if settings.storage.replica_region and len(name) + len(REPLICA) > LONGEST_BUCKET:
            yield Problem(
                key, name, f"at most {LONGEST_BUCKET - len(REPLICA)} characters: its copy is named {name}{REPLICA}"
            )


def _regions(settings: CommittedAwsSettings) -> Iterator[Problem]:
    region, replica = settings.aws.region, settings.storage.replica_region
    if replica == region:
        yield Problem("storage.replicaRegion", replica, f"another region than aws.region, which is {region}")
    certificate = settings.endpoints.certificate.split(":")
    if certificate[2] != "acm" or certificate[3] != region:
        yield Problem(
            "endpoints.certificate",
            settings.endpoints.certificate,
            f"a certificate of ACM in aws.region, which is {region}",
        )


def _sagemaker(settings: CommittedAwsSettings) -> Iterator[Problem]:
    given = settings.sagemaker
    if given.min_instances > given.max_instances:
        yield Problem(
            "sagemaker.minInstances",
            str(given.min_instances),
            f"at most sagemaker.maxInstances, which is {given.max_instances}",
        )


def _functions(settings: CommittedAwsSettings) -> Iterator[Problem]:
    predict = settings.functions.predict
    if predict.provisioned_concurrency > predict.reserved_concurrency:
        yield Problem(
            "functions.predict.provisionedConcurrency",
            str(predict.provisioned_concurrency),
            f"at most functions.predict.reservedConcurrency, which is {predict.reserved_concurrency}",
        )


def _clients(settings: CommittedAwsSettings) -> Iterator[Problem]:
    """Ranges of other networks: one that overlaps this one cannot be routed to."""
    own = IPv4Network(settings.network.cidr)
    for key, ranges in (
        ("cluster.privateAccess", settings.cluster.private_access),
        ("endpoints.clients", settings.endpoints.clients),
    ):
        for given in ranges:
            if IPv4Network(given).prefixlen == 0:
                yield Problem(key, given, "ranges of known clients")
            elif IPv4Network(given).overlaps(own):
                yield Problem(key, given, f"ranges outside network.cidr, which is {own} and is let in already")
