"""Alertmanager as a component."""

from dataclasses import dataclass

import pulumi

from infra.foundation import volumes
from infra.foundation.addresses import ALERTMANAGER, MONITORING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.durability import Durability
from infra.foundation.exposure import Exposure
from infra.foundation.objects import config_map, secret
from infra.foundation.stateful_server import VOLUME, StatefulServer, StatefulServerArgs
from infra.observability.receivers import FOLDER, files, reached
from infra.observability.routing import alertmanager_config
from infra.observability.server import server
from infra.settings.observability import AlertmanagerSettings
from infra.settings.secrets import CommonSecrets

CONFIG = "/etc/alertmanager"
DATA = "/alertmanager"
APP = App(ALERTMANAGER.service, "observability", MONITORING)


@dataclass(frozen=True)
class AlertmanagerArgs:
    """What Alertmanager needs; of `secrets` it gets what its receivers name."""

    namespace: pulumi.Input[str]
    image: str
    settings: AlertmanagerSettings
    secrets: CommonSecrets
    durability: Durability
    exposure: Exposure


class Alertmanager(Component, domain="observability"):
    """Owns Alertmanager, its routes and what its receivers need. Does not own the alerts: Prometheus sends them."""

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings = args.settings
        routes = {"alertmanager.yaml": alertmanager_config(settings)}
        config = config_map(f"{name}-config", APP, args.namespace, routes, self.child())
        mounts = [volumes.config("config", config, CONFIG), volumes.claim(VOLUME, DATA)]
        hidden = files(settings.receivers, args.secrets, beats=settings.heartbeat is not None)
        if hidden:
            told = secret(f"{name}-receivers", APP, args.namespace, hidden, self.child())
            mounts.append(volumes.secret("receivers", told, FOLDER))
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
                app=APP.reaching(reached(settings.receivers, hidden)),
                namespace=args.namespace,
                endpoint=ALERTMANAGER,
                exposure=args.exposure,
                container=server(
                    args.image,
                    command,
                    settings.resources,
                    ALERTMANAGER,
                    *mounts,
                ),
                storage=settings.storage,
                durability=args.durability,
            ),
            self.child(),
        )
        self.register_outputs({})
