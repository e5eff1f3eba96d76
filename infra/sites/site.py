"""What every site gives to the platform that stands on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.cluster.cluster import Cluster
from infra.foundation.access import Access
from infra.foundation.database_login import DatabaseLogin
from infra.foundation.exposure import Exposure
from infra.observability.alert import Alert
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.storage import BucketsSettings

Outputs = Mapping[str, pulumi.Input[object]]


@dataclass(frozen=True)
class DatabaseLogins:
    """One for each consumer of PostgreSQL."""

    tracking: DatabaseLogin
    auth: DatabaseLogin
    studies: DatabaseLogin
    backup: DatabaseLogin


@dataclass(frozen=True)
class StoreAccesses:
    """One for each consumer of the buckets, with the rights of `infra/storage/accounts.py`."""

    tracking: Access
    training: Access
    serving: Access
    tuning: Access
    backup: Access
    rotation: Access
    drift: Access
    retraining: Access
    pruning: Access
    archive: Access
    monitoring: Access
    # Only where the site has what a drill needs.
    drill: Access | None = None


@dataclass(frozen=True)
class Exposures:
    """How each server is reached from outside the cluster."""

    tracking: Exposure
    serving: Exposure
    prometheus: Exposure
    alertmanager: Exposure


@dataclass(frozen=True)
class Site:
    """`ready` is done when roles can log in and buckets are there; `hosts` are MLflow's names outside the cluster.

    `care` reaches the database and no bucket. `alerts` are those that make sense here; `scrapers` the addresses of a
    Prometheus that is not ours and of the cluster's API. `beyond` makes what the site has besides the cluster, once
    MLflow serves, and gives the outputs that lead there.
    """

    cluster: Cluster
    database: DatabaseLogins
    care: Access
    store: StoreAccesses
    buckets: BucketsSettings | AwsBucketsSettings
    ready: Sequence[pulumi.Resource]
    hosts: Sequence[str]
    exposures: Exposures
    alerts: Sequence[Alert]
    scrapers: tuple[str, ...]
    outputs: Outputs
    beyond: Callable[[Sequence[pulumi.Resource]], Outputs] = lambda _: {}
