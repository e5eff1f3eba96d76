"""The model server as a component."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.autoscaling import v2 as autoscaling
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from infra.foundation import network, probes, scaling, workload
from infra.foundation.access import Access
from infra.foundation.addresses import MODEL_SERVER, SERVING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.exposure import Exposure, is_exposed, services
from infra.foundation.objects import account, metadata
from infra.settings.serving import ServingSettings

APP = App(MODEL_SERVER.service, "serving", SERVING)


@dataclass(frozen=True)
class ModelServerArgs:
    """What the server needs; `access` is MLflow's user `serving` and the store, `log` where predictions go."""

    namespace: pulumi.Input[str]
    image: str
    settings: ServingSettings
    access: Access
    exposure: Exposure
    log: str


class ModelServer(Component, domain="serving"):
    """Owns the Deployment, its Service, autoscaler, disruption budget and network policy.

    Does not own which version is served: that is the registry's alias, which the server follows by itself.
    """

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = APP.reaching(args.access.reaches)
        settings, selector = args.settings, meta.LabelSelectorArgs(match_labels=app.selector)
        named = metadata(APP, args.namespace, APP.name)
        # On a new platform no version is champion yet: no replica is ready, and the Service has no endpoint, when
        # `pulumi up` ends. Waiting for either would fail every first run.
        not_awaited = {"pulumi.com/skipAwait": "true"}
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(app, serves=[MODEL_SERVER.port], exposed=is_exposed(args.exposure)),
            opts=self.child(),
        )
        services(self, name, APP, args.namespace, MODEL_SERVER, "http", args.exposure, not_awaited)
        deployment = apps.Deployment(
            f"{name}-deployment",
            metadata=metadata(APP, args.namespace, APP.name, not_awaited),
            spec=apps.DeploymentSpecArgs(
                # No `replicas`: the autoscaler owns that field.
                selector=selector,
                strategy=apps.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    # Old pods serve until new ones have loaded and verified the model.
                    rolling_update=apps.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=workload.server(
                    app,
                    [self._container(name, args)],
                    # 5 s before SIGTERM and the server's own 20 s to finish what it began.
                    grace_seconds=30,
                    service_account=account(APP, args.namespace, self.child()),
                ),
            ),
            opts=self.child(),
        )
        autoscaling.HorizontalPodAutoscaler(
            f"{name}-scaling",
            metadata=named,
            spec=scaling.by_cpu(APP, settings.autoscaling),
            opts=self.child(deployment),
        )
        policy.PodDisruptionBudget(
            f"{name}-disruption",
            metadata=named,
            spec=policy.PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=selector),
            opts=self.child(),
        )
        self.register_outputs({})

    def _container(self, name: str, args: ModelServerArgs) -> workload.Container:
        settings = args.settings
        access = args.access.secret(f"{name}-access", APP, args.namespace, self.child())
        return workload.Container(
            name="server",
            image=args.image,
            resources=settings.resources,
            command=["python", "-m", "jobs.serving"],
            env={
                **args.access.env(access),
                "MLOPS_MODEL_NAME": settings.model_name,
                "MLOPS_MODEL_ALIAS": settings.model_alias,
                "MLOPS_LOG_LEVEL": settings.log_level,
                "MLOPS_POLL_SECONDS": str(settings.poll_seconds),
                "MLOPS_INFERENCE_LOG": args.log,
                "MLOPS_INFERENCE_LOG_SECONDS": str(settings.log_seconds),
            },
            ports={"http": MODEL_SERVER.port},
            mounts=args.access.mounts(access),
            probes=probes.http("http", live="/health", ready="/ready", period=5),
            # SIGTERM and the removal from the Service race: keep answering until every node has heard of it.
            pre_stop=["sleep", "5"],
        )
