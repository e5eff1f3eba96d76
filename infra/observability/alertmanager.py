"""Alertmanager as a component."""

from dataclasses import dataclass

import pulumi

from infra.foundation import volumes
from infra.foundation.addresses import ALERTMANAGER, MONITORING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import config_map
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.observability.routing import alertmanager_config
from infra.observability.server import server
from infra.settings.observability import AlertmanagerSettings

CONFIG = "/etc/alertmanager"
DATA = "/alertmanager"
APP = App(ALERTMANAGER.service, "observability", MONITORING)


@dataclass(frozen=True)
class AlertmanagerArgs:
    """What Alertmanager needs."""

    namespace: pulumi.Input[str]
    image: str
    settings: AlertmanagerSettings
    durability: Durability
    exposure: Exposure


class Alertmanager(Component, domain="observability"):
    """Owns Alertmanager and its routes. Does not own the alerts: Prometheus sends them."""

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        files = {"alertmanager.yaml": alertmanager_config()}
        config = config_map(f"{name}-config", APP, args.namespace, files, self.child())
        command = [
            "/usr/bin/prometheus-alertmanager",
            f"--config.file={CONFIG}/alertmanager.yaml",
            f"--storage.path={DATA}",
            f"--web.listen-address=:{ALERTMANAGER.port}",
            # One replica: without this it looks for peers and needs an address of its own to advertise.
            "--cluster.listen-address=",
        ]
        StatefulServer(
            name,
            StatefulServerArgs(
                app=APP,
                namespace=args.namespace,
                endpoint=ALERTMANAGER,
                exposure=args.exposure,
                container=server(
                    args.image,
                    command,
                    args.settings.resources,
                    ALERTMANAGER,
                    volumes.config("config", config, CONFIG),
                    volumes.claim(VOLUME, DATA),
                ),
                storage=args.settings.storage,
                durability=args.durability,
            ),
            self.child(),
        )
        self.register_outputs({})
