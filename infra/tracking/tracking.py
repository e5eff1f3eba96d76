"""MLflow as a component."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy
from pydantic import SecretStr

from infra.foundation import network, probes, scaling, workload
from infra.foundation.access import Access, tracking_access
from infra.foundation.addresses import DATABASE, PLATFORM, STORE, TRACKING, TRACKING_METRICS
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata, reveal, secret
from infra.foundation.one_off import one_off
from infra.foundation.resources import TRACKING_JOB
from infra.settings.secrets import SecretsSettings
from infra.settings.tracking import TrackingSettings
from infra.tracking import configuration
from infra.tracking.process import Process

SERVER = App(TRACKING.service, "tracking", PLATFORM, reaches=(DATABASE, STORE))
SCHEMA = App("tracking-schema", "tracking", PLATFORM, reaches=(DATABASE, STORE))
USERS = App("tracking-users", "tracking", PLATFORM, reaches=(DATABASE, STORE))


@dataclass(frozen=True)
class TrackingArgs:
    """What MLflow needs; `after` is what must be ready before its schema: database roles and buckets."""

    namespace: pulumi.Input[str]
    image: str
    settings: TrackingSettings
    secrets: SecretsSettings
    store: Access
    artifact_bucket: str
    node_address: str
    after: Sequence[pulumi.Resource]


class Tracking(Component, domain="tracking"):
    """Owns the MLflow servers, the upgrade of their schema, and the platform's users.

    Does not own the database, the buckets, or what is recorded. `ready` is done when the servers serve.
    """

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        secrets = args.secrets
        files = self._files(secrets)
        # Only this Job knows the users' passwords: a new one must not roll the servers.
        passwords = {
            "admin-password": reveal(secrets.tracking_admin_password),
            "training-password": reveal(secrets.tracking_training_password),
            "serving-password": reveal(secrets.tracking_serving_password),
        }
        store_secret = args.store.secret(f"{name}-store", SERVER, args.namespace, self.child())
        server = self._process(f"{name}-server", args, files, store_secret)
        schema = self._job(name, args, SCHEMA, "schema", server, args.after)
        users = self._job(
            name, args, USERS, "users", self._process(f"{name}-users", args, files | passwords, store_secret), [schema]
        )
        self.ready = self._servers(name, args, server, [schema, users])
        self.training = self._access("training", secrets.tracking_training_password, secrets)
        self.serving = self._access("serving", secrets.tracking_serving_password, secrets)
        self.register_outputs({})

    def _access(self, user: str, password: SecretStr, secrets: SecretsSettings) -> Access:
        return tracking_access(user=user, password=reveal(password), ca_certificate=reveal(secrets.ca_certificate))

    def _files(self, secrets: SecretsSettings) -> dict[str, pulumi.Output[str]]:
        auth_uri = configuration.database_uri("mlflow_auth", reveal(secrets.database_auth_password))
        return {
            "backend-uri": configuration.database_uri("mlflow", reveal(secrets.database_tracking_password)),
            "auth-uri": auth_uri,
            "basic_auth.ini": configuration.basic_auth_ini(auth_uri),
            "secret-key": reveal(secrets.tracking_secret_key),
            "ca.crt": reveal(secrets.ca_certificate),
        }

    def _process(
        self, name: str, args: TrackingArgs, files: dict[str, pulumi.Output[str]], store_secret: pulumi.Output[str]
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
                "MLFLOW_SERVER_ALLOWED_HOSTS": configuration.allowed_hosts(
                    args.node_address, settings.node_port, settings.allowed_hosts
                ),
                "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": configuration.source_pattern(bucket),
                "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": str(settings.database_pool_size),
                "MLFLOW_DISABLE_TELEMETRY": "true",
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
            self, f"{name}-{module}", app, args.namespace, container, after=after, retries=2, deadline_seconds=1800
        )

    def _servers(
        self, name: str, args: TrackingArgs, process: Process, after: Sequence[pulumi.Resource]
    ) -> apps.Deployment:
        settings, selector = args.settings, meta.LabelSelectorArgs(match_labels=SERVER.selector)
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
            spec=network.policy(SERVER, serves=[TRACKING.port], exposed=True, internal=[TRACKING_METRICS.port]),
            opts=self.child(),
        )
        deployment = apps.Deployment(
            f"{name}-server",
            metadata=named,
            spec=apps.DeploymentSpecArgs(
                # No `replicas`: the autoscaler owns that field and brings the minimum within 15 s.
                selector=selector,
                strategy=apps.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=apps.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=workload.server(SERVER, [container], grace_seconds=45),
            ),
            opts=self.child(*after),
        )
        core.Service(
            f"{name}-service",
            metadata=named,
            spec=core.ServiceSpecArgs(
                type="NodePort",
                selector=SERVER.selector,
                ports=[
                    core.ServicePortArgs(
                        name="http", port=TRACKING.port, target_port="http", node_port=settings.node_port
                    )
                ],
            ),
            opts=self.child(),
        )
        autoscaling.HorizontalPodAutoscaler(
            f"{name}-scaling",
            metadata=named,
            spec=scaling.by_cpu(SERVER, settings.autoscaling),
            opts=self.child(deployment),
        )
        policy.PodDisruptionBudget(
            f"{name}-disruption",
            metadata=named,
            spec=policy.PodDisruptionBudgetSpecArgs(min_available=1, selector=selector),
            opts=self.child(),
        )
        return deployment
