"""MLflow as a component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, probes, scaling, workload
from infra.foundation.access import Access, tracking_access
from infra.foundation.addresses import PLATFORM, TRACKING, TRACKING_METRICS, Reach
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.database_login import DatabaseLogin
from infra.foundation.exposure import Exposure, is_exposed, services
from infra.foundation.objects import account, metadata, reveal, secret
from infra.foundation.one_off import one_off
from infra.foundation.resources import TRACKING_JOB
from infra.settings.secrets import TrackingSecrets
from infra.settings.tracking import TrackingSettings
from infra.tracking import configuration
from infra.tracking.process import Process

SERVER = App(TRACKING.service, "tracking", PLATFORM)
SCHEMA = App("tracking-schema", "tracking", PLATFORM, shared_account=SERVER.name)
USERS = App("tracking-users", "tracking", PLATFORM, shared_account=SERVER.name)


@dataclass(frozen=True)
class TrackingArgs:
    """What MLflow needs; `after` is what must be ready before its schema: database roles and buckets.

    `hosts` are the names, with port, by which clients outside the cluster call it.
    """

    namespace: pulumi.Input[str]
    image: str
    settings: TrackingSettings
    secrets: TrackingSecrets
    database: DatabaseLogin
    auth_database: DatabaseLogin
    store: Access
    artifact_bucket: str
    exposure: Exposure
    hosts: Sequence[str]
    after: Sequence[pulumi.Resource]


class Tracking(Component, domain="tracking"):
    """Owns the MLflow servers, the upgrade of their schema, and the platform's users.

    Does not own the database, the buckets, or what is recorded. `ready` is done when the servers serve.
    """

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        secrets = args.secrets
        self._account = account(SERVER, args.namespace, self.child())
        files = self._files(args)
        # Only this Job knows the users' passwords: a new one must not roll the servers.
        passwords = {
            "admin-password": reveal(secrets.tracking_admin_password),
            "training-password": reveal(secrets.tracking_training_password),
            "serving-password": reveal(secrets.tracking_serving_password),
            "pruning-password": reveal(secrets.tracking_pruning_password),
        }
        store_secret = args.store.secret(f"{name}-store", SERVER, args.namespace, self.child())
        server = self._process(f"{name}-server", args, files, store_secret)
        schema = self._job(name, args, SCHEMA, "schema", server, args.after)
        users = self._job(
            name,
            args,
            USERS,
            "users",
            self._process(f"{name}-users", args, {**files, **passwords}, store_secret),
            [schema],
        )
        self.ready = self._servers(name, args, server, [schema, users])
        self.training = tracking_access(user="training", password=reveal(secrets.tracking_training_password))
        self.serving = tracking_access(user="serving", password=reveal(secrets.tracking_serving_password))
        self.pruning = tracking_access(user="pruning", password=reveal(secrets.tracking_pruning_password))
        self.register_outputs({})

    def _files(self, args: TrackingArgs) -> dict[str, pulumi.Input[str]]:
        auth_uri = args.auth_database.uri(configuration.CA_FILE)
        return {
            "backend-uri": args.database.uri(configuration.CA_FILE),
            "auth-uri": auth_uri,
            "basic_auth.ini": configuration.basic_auth_ini(auth_uri),
            "secret-key": reveal(args.secrets.tracking_secret_key),
            "ca.crt": args.database.ca_certificate,
        }

    def _process(
        self, name: str, args: TrackingArgs, files: Mapping[str, pulumi.Input[str]], store_secret: pulumi.Output[str]
    ) -> Process:
        settings, bucket = args.settings, args.artifact_bucket
        return Process(
            image=args.image,
            secret_name=secret(name, SERVER, args.namespace, files, self.child()),
            store=args.store,
            store_secret=store_secret,
            env={
                "MLOPS_TRACKING_ARTIFACT_ROOT": f"s3://{bucket}",
                "MLOPS_TRACKING_METRICS": configuration.METRICS,
                "MLOPS_TRACKING_PORT": str(TRACKING.port),
                "MLOPS_TRACKING_METRICS_PORT": str(TRACKING_METRICS.port),
                "MLFLOW_SERVER_ALLOWED_HOSTS": configuration.allowed_hosts(args.hosts, settings.allowed_hosts),
                "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": configuration.source_pattern(bucket),
                "MLOPS_TRACKING_POOL_SIZE": str(settings.database_pool_size),
                "MLFLOW_DISABLE_TELEMETRY": "true",
                **args.database.env,
            },
        )

    def _job(
        self,
        name: str,
        args: TrackingArgs,
        app: App,
        module: str,
        process: Process,
        after: Sequence[pulumi.Resource],
    ) -> batch.Job:
        # A Job cannot be changed: a new image (a new MLflow) or a new password makes a new one, and so runs it again.
        container = process.container(module, TRACKING_JOB)
        return one_off(
            self,
            f"{name}-{module}",
            app.reaching(_places(args)),
            args.namespace,
            container,
            after=after,
            retries=2,
            deadline_seconds=1800,
            account=self._account,
        )

    def _servers(
        self, name: str, args: TrackingArgs, process: Process, after: Sequence[pulumi.Resource]
    ) -> apps.Deployment:
        app = SERVER.reaching(_places(args))
        settings, selector = args.settings, meta.LabelSelectorArgs(match_labels=app.selector)
        container = process.container(
            "server",
            settings.resources,
            serves=True,
            # Importing MLflow takes 5 s of a core; two replicas and a busy node share two cores.
            probes=probes.http("http", live="/health", ready="/ready", start_seconds=180, timeout=5),
            # SIGTERM and the removal from the Service race: keep answering until every node has heard of it.
            pre_stop=["sleep", "5"],
        )
        named = metadata(SERVER, args.namespace, SERVER.name)
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(
                app, serves=[TRACKING.port], exposed=is_exposed(args.exposure), internal=[TRACKING_METRICS.port]
            ),
            opts=self.child(),
        )
        deployment = apps.Deployment(
            f"{name}-server",
            metadata=named,
            spec=apps.DeploymentSpecArgs(
                # No `replicas`: the autoscaler owns that field and brings the minimum within 15 s.
                selector=selector,
                strategy=scaling.SURGE,
                template=workload.server(app, [container], grace_seconds=45, service_account=self._account),
            ),
            opts=self.child(*after),
        )
        services(self, name, SERVER, args.namespace, TRACKING, "http", args.exposure)
        scaling.scaled(self, name, SERVER, args.namespace, settings.autoscaling, deployment)
        return deployment


def _places(args: TrackingArgs) -> tuple[Reach, ...]:
    return (args.database.reach, args.auth_database.reach, *args.store.reaches)
