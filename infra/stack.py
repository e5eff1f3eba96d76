"""Table of contents: every part of the platform in order, and what others may know of it."""

import pulumi

from infra.database.wal_archive import WalArchive, WalArchiveArgs
from infra.foundation.access import Access
from infra.foundation.objects import reveal
from infra.observability import pushgateway
from infra.observability.observability import Observability, ObservabilityArgs
from infra.schedules.recovery import Recovery, RecoveryArgs
from infra.schedules.schedules import RETRAINING, DrillArgs, Schedules, SchedulesArgs
from infra.serving.gateway import Gateway, GatewayArgs
from infra.serving.model_server import ModelServer, ModelServerArgs
from infra.settings.models import AwsSettings, MachineSettings, Settings
from infra.settings.secrets import DEFAULT_CLIENT, MachineSecrets
from infra.sites.site import Site
from infra.tracking.tracking import Tracking, TrackingArgs
from infra.training.training import Training, TrainingArgs

# Where `mlops runs gc` looks for MLflow's database.
BACKEND = "MLFLOW_BACKEND_STORE_URI"


def build(settings: Settings) -> None:
    """Declares the whole stack."""
    site = _site(settings)
    images, cluster = settings.images, site.cluster
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    pushed = pushgateway.ACCESS

    tracking = Tracking(
        "tracking",
        TrackingArgs(
            namespace=cluster.platform,
            image=images.tracking,
            settings=settings.tracking,
            secrets=settings.secrets,
            database=site.database.tracking,
            auth_database=site.database.auth,
            store=site.store.tracking,
            artifact_bucket=site.buckets.artifacts,
            exposure=site.exposures.tracking,
            hosts=site.hosts,
            after=site.ready,
        ),
        inside,
    )
    training = Training(
        "training",
        TrainingArgs(
            namespace=cluster.training,
            image=images.jobs,
            settings=settings.training,
            access=tracking.training | site.store.training | pushed,
            tuning=tracking.training | site.store.tuning | site.database.studies.access() | pushed,
            buckets=site.buckets,
        ),
        inside,
    )
    training.grant_starting(RETRAINING)
    ModelServer(
        "model-server",
        ModelServerArgs(
            namespace=cluster.serving,
            image=images.serving,
            settings=settings.serving,
            max_body_bytes=settings.gateway.max_body_bytes,
            access=tracking.serving | site.store.serving,
            log=f"s3://{site.buckets.inference_logs}",
            readers=site.scrapers,
        ),
        inside,
    )
    Gateway(
        "gateway",
        GatewayArgs(
            namespace=cluster.serving,
            image=images.gateway,
            settings=settings.gateway,
            keys=settings.secrets.gateway_api_keys,
            exposure=site.exposures.serving,
            readers=site.scrapers,
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
            monitoring=settings.monitoring,
            serving=settings.serving,
            buckets=site.buckets,
            configuration=settings.model_dump_json(by_alias=True, exclude={"secrets"}),
            backup_access=site.database.backup.access() | site.store.backup | _recipients(settings) | pushed,
            rotation_access=site.store.rotation | pushed,
            pruning_access=tracking.pruning | site.store.pruning | site.database.tracking.address_access(BACKEND),
            drift_access=tracking.serving | site.store.drift | pushed,
            retraining_access=tracking.serving | site.store.retraining | pushed,
            monitoring_access=tracking.serving | site.store.monitoring | pushed,
            archive_access=site.store.archive | pushed,
            care_access=site.care | pushed,
            drill=_drill(settings, site),
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
            secrets=settings.secrets,
            durability=settings.durability,
            prometheus=site.exposures.prometheus,
            alertmanager=site.exposures.alertmanager,
            alerts=site.alerts,
            scrapers=site.scrapers,
        ),
        inside,
    )
    if isinstance(settings, MachineSettings):
        _log(settings, site)
    outputs = {
        **site.outputs,
        **site.beyond([tracking.ready]),
        "artifactBucket": site.buckets.artifacts,
        "buckets": list(site.buckets.model_dump().values()),
        "bucketNames": site.buckets.model_dump(),
        "namespaces": list(cluster.namespaces.values()),
        "trackingAdminPassword": reveal(settings.secrets.tracking_admin_password),
        "servingKey": reveal(settings.secrets.gateway_api_keys[DEFAULT_CLIENT]),
    }
    for name, value in outputs.items():
        pulumi.export(name, value)


def _log(settings: MachineSettings, site: Site) -> None:
    """Between two sets, where no service of a cloud does it: the log is kept, and leads back to any time."""
    cluster, inside = site.cluster, pulumi.ResourceOptions(provider=site.cluster.provider)
    kept = site.store.backup | _recipients(settings)
    WalArchive(
        "wal-archive",
        WalArchiveArgs(
            namespace=cluster.platform,
            image=settings.images.jobs,
            settings=settings.database.wal_archive,
            access=site.database.backup.access() | kept | pushgateway.ACCESS,
            bucket=site.buckets.backups,
        ),
        inside,
    )
    Recovery(
        "recovery",
        RecoveryArgs(
            namespace=cluster.platform,
            image=settings.images.jobs,
            postgres=settings.images.postgres,
            settings=settings.database.recovery,
            access=kept,
            identity=reveal(settings.secrets.backup_drill_identity),
            buckets=site.buckets,
        ),
        inside,
    )


def _recipients(settings: Settings) -> Access:
    """Whom backups are sealed for: people, and the drill where there is one."""
    secrets = settings.secrets
    keys = [secrets.backup_recipients]
    if isinstance(secrets, MachineSecrets):
        keys.append(secrets.backup_drill_recipient)
    return Access(hidden={"MLOPS_BACKUP_RECIPIENTS": pulumi.Output.all(*map(reveal, keys)).apply(",".join)})


def _drill(settings: Settings, site: Site) -> DrillArgs | None:
    """Where the stack has the server's image, and a key for it."""
    schedule = settings.schedules.drill
    if schedule is None or site.store.drill is None or not isinstance(settings, MachineSettings):
        return None
    identity = reveal(settings.secrets.backup_drill_identity)
    return DrillArgs(schedule, settings.images.postgres, identity, site.store.drill | pushgateway.ACCESS)


def _site(settings: Settings) -> Site:
    """What the stack stands on. Only that is imported: the SDK of AWS adds 2.6 s to the start of a program."""
    if isinstance(settings, AwsSettings):
        from infra.sites.aws import aws

        return aws(settings)
    from infra.sites.machine import machine

    return machine(settings)
