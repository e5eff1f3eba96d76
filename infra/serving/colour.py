"""One colour of the model server as a component: the same servers twice, so that one can change unseen."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from infra.foundation import probes, scaling, workload
from infra.foundation.access import Access
from infra.foundation.addresses import MODEL_SERVER
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata
from infra.serving.traffic import STABLE
from infra.settings.serving import ServingSettings


@dataclass(frozen=True)
class ColourArgs:
    """What its servers need; `secret` holds what of `access` is secret, `log` is where predictions go."""

    app: App
    namespace: pulumi.Input[str]
    image: str
    settings: ServingSettings
    max_body_bytes: int
    access: Access
    secret: pulumi.Input[str]
    account: pulumi.Input[str]
    log: str


class Colour(Component, domain="serving"):
    """Owns the colour's Deployment, a headless Service, autoscaler and disruption budget.

    Does not own how many servers there are: autoscaler and rollout do. A new platform has them in one colour only.
    """

    def __init__(self, name: str, args: ColourArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app, selector = args.app, meta.LabelSelectorArgs(match_labels=args.app.selector)
        # On a new platform no version is champion yet: no replica is ready, and the Service has no endpoint, when
        # `pulumi up` ends; the idle colour has none ever. Waiting for either would fail every first run.
        not_awaited = metadata(app, args.namespace, app.workload, {"pulumi.com/skipAwait": "true"})
        core.Service(
            f"{name}-service",
            metadata=not_awaited,
            spec=core.ServiceSpecArgs(
                # Headless: the gateway asks for the pods' own addresses, and chooses among them.
                cluster_ip="None",
                selector=app.selector,
                ports=[core.ServicePortArgs(name="http", port=MODEL_SERVER.port, target_port="http")],
            ),
            opts=self.child(),
        )
        deployment = apps.Deployment(
            f"{name}-deployment",
            metadata=not_awaited,
            spec=apps.DeploymentSpecArgs(
                replicas=args.settings.autoscaling.min_replicas if app.track == STABLE else 0,
                selector=selector,
                strategy=scaling.SURGE,
                template=workload.server(
                    app,
                    [self._container(args)],
                    # 3 s before SIGTERM, the server's own 5 s of answering on, 20 s to finish what it began and 4 s to
                    # write its log.
                    grace_seconds=35,
                    service_account=args.account,
                ),
            ),
            opts=self.child(ignore_changes=["spec.replicas"]),
        )
        scaling.scaled(self, name, app, args.namespace, args.settings.autoscaling, deployment)
        self.register_outputs({})

    def _container(self, args: ColourArgs) -> workload.Container:
        settings = args.settings
        return workload.Container(
            name="server",
            image=args.image,
            resources=settings.resources,
            command=["python", "-m", "jobs.serving"],
            env={
                **args.access.env(args.secret),
                "MLOPS_MODEL_NAME": settings.model_name,
                "MLOPS_MODEL_ALIAS": settings.model_alias,
                "MLOPS_MODEL_PLACE": args.app.track or "",
                "MLOPS_LOG_LEVEL": settings.log_level,
                "MLOPS_POLL_SECONDS": str(settings.poll_seconds),
                "MLOPS_CACHE_SIZE": str(settings.cache_size),
                "MLOPS_BATCH_SIZE": str(settings.batch_size),
                "MLOPS_BATCH_MILLISECONDS": str(settings.batch_milliseconds),
                "MLOPS_MAX_BODY_BYTES": str(args.max_body_bytes),
                "MLOPS_INFERENCE_LOG": args.log,
                "MLOPS_INFERENCE_LOG_SECONDS": str(settings.log_seconds),
            },
            ports={"http": MODEL_SERVER.port},
            mounts=args.access.mounts(args.secret),
            probes=probes.http("http", live="/health", ready="/ready", period=5),
            # SIGTERM and the gateway's next look at DNS race: names are cached for 5 s and asked for each second. The
            # server answers on for 5 s of them.
            pre_stop=["sleep", "3"],
        )
