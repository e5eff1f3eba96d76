"""The gateway as a component: one address for clients, in front of the colours."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.networking import v1 as networking
from pydantic import SecretStr

from infra.foundation import network, objects, probes, scaling, volumes, workload
from infra.foundation.addresses import GATEWAY, GATEWAY_INSPECTION, MODEL_SERVER, SERVING
from infra.foundation.apps import COLOURS, App
from infra.foundation.component import Component
from infra.foundation.exposure import Exposure, Former, is_exposed, services
from infra.foundation.objects import account, metadata, name_of
from infra.serving.envoy.bootstrap import bootstrap, threads
from infra.serving.envoy.inspection import READY
from infra.serving.envoy.listener import keys
from infra.serving.envoy.places import CONFIG, FOLDER, KEYS, Places, Upstream
from infra.serving.traffic import TRAFFIC, first
from infra.settings.gateway import GatewaySettings

APP = App(GATEWAY.service, "serving", SERVING, reaches=(MODEL_SERVER,))
# Until every node and load balancer has heard that the pod is going.
LEAVE_SECONDS = 5


@dataclass(frozen=True)
class GatewayArgs:
    """What the gateway needs. `keys`: client → API key; `readers`: ranges where the cluster's API calls pods from."""

    namespace: pulumi.Input[str]
    image: str
    settings: GatewaySettings
    keys: dict[str, SecretStr]
    exposure: Exposure
    readers: tuple[str, ...] = ()


class Gateway(Component, domain="serving"):
    """Owns Envoy: its configuration, keys, Deployment, Service, autoscaler, disruption budget and network policy.

    Makes the ConfigMap `traffic` once. Does not own what stands in it: which colour clients get is the rollout's.
    """

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings, selector = args.settings, meta.LabelSelectorArgs(match_labels=APP.selector)
        named = metadata(APP, args.namespace, APP.name)
        traffic = core.ConfigMap(
            f"{name}-traffic",
            metadata=metadata(APP, args.namespace, TRAFFIC),
            data=dict(first()),
            opts=self.child(ignore_changes=["data"]),
        )
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=named,
            spec=network.policy(
                APP,
                serves=[GATEWAY.port],
                exposed=is_exposed(args.exposure),
                internal=[GATEWAY_INSPECTION.port],
                readers=args.readers,
            ),
            opts=self.child(),
        )
        # The node port was the model server's own when it had no colours.
        before = Former("mlops:serving:ModelServer", "model-server")
        services(self, name, APP, args.namespace, GATEWAY, "http", args.exposure, formerly=before)
        deployment = apps.Deployment(
            f"{name}-deployment",
            metadata=named,
            spec=apps.DeploymentSpecArgs(
                # No `replicas`: the autoscaler owns that field and brings the minimum within 15 s.
                selector=selector,
                strategy=scaling.SURGE,
                template=workload.server(
                    APP,
                    [self._container(name, args, name_of(traffic))],
                    grace_seconds=_drain_seconds(settings) + 5,
                    service_account=account(APP, args.namespace, self.child()),
                ),
            ),
            opts=self.child(),
        )
        scaling.scaled(self, name, APP, args.namespace, settings.autoscaling, deployment)
        self.register_outputs({})

    def _container(self, name: str, args: GatewayArgs, traffic: pulumi.Input[str]) -> workload.Container:
        settings = args.settings
        upstreams = [Upstream(colour, _servers(colour), MODEL_SERVER.port) for colour in COLOURS]
        config = {CONFIG: json.dumps(bootstrap(settings, upstreams))}
        known = json.dumps(keys({client: key.get_secret_value() for client, key in args.keys.items()}))
        config_map = objects.config_map(f"{name}-config", APP, args.namespace, config, self.child())
        secret = objects.secret(f"{name}-keys", APP, args.namespace, {KEYS: known}, self.child())
        return workload.Container(
            name="envoy",
            image=args.image,
            resources=settings.resources,
            command=command(settings),
            ports={"http": GATEWAY.port, "admin": GATEWAY_INSPECTION.port},
            mounts=[
                volumes.config("config", config_map, f"{FOLDER}/config"),
                volumes.secret("keys", secret, f"{FOLDER}/keys"),
                volumes.config("traffic", traffic, f"{FOLDER}/traffic"),
            ],
            probes=probes.http("admin", live=READY, ready=READY, period=5),
            pre_stop=["bash", "-c", drain(settings, Places().admin)],
        )


def command(settings: GatewaySettings, config: str = f"{FOLDER}/config/{CONFIG}") -> list[str]:
    """Envoy without the shared memory and the second process of a hot restart: Kubernetes starts a new pod instead."""
    options = {
        "config-path": config,
        "concurrency": str(threads(settings)),
        "drain-time-s": str(_drain_seconds(settings)),
        "drain-strategy": "immediate",
        "log-level": "warning",
        # `misc` only tells at each start that the filter of API keys is new.
        "component-log-level": "misc:error",
    }
    # It does not know `--option=value`.
    return ["envoy", "--disable-hot-restart", *(word for name in options for word in (f"--{name}", options[name]))]


def drain(settings: GatewaySettings, admin: int) -> str:
    """What bash does before SIGTERM, which ends Envoy at once: each answer now closes its connection, new ones are
    still taken from who has not heard yet, and then what was begun may end. The image has no HTTP client.
    """
    post = r"POST /drain_listeners?graceful&skip_exit HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n"
    return (
        f"exec 3<>/dev/tcp/127.0.0.1/{admin} && printf '{post}' >&3 && cat <&3 >/dev/null; "
        f"sleep {_drain_seconds(settings)}"
    )


def _drain_seconds(settings: GatewaySettings) -> int:
    """The last request may come when the pod has just been forgotten, take its time to arrive and to be answered."""
    return LEAVE_SECONDS + 2 * settings.timeout_seconds


def _servers(colour: str) -> str:
    """The name of the colour's headless Service, complete to its root: no search list is gone through."""
    return f"{MODEL_SERVER.service}-{colour}.{MODEL_SERVER.namespace}.svc.cluster.local"
