"""Where Jobs leave figures that outlive them, as a component."""

from dataclasses import dataclass

import pulumi

from infra.foundation import probes, workload
from infra.foundation.access import Access
from infra.foundation.addresses import MONITORING, PUSHGATEWAY
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import account
from infra.observability.single import single
from infra.settings.base import ResourceSettings

APP = App(PUSHGATEWAY.service, "observability", MONITORING)
# For whoever pushes.
ACCESS = Access(plain={"MLOPS_PUSHGATEWAY": PUSHGATEWAY.url}, reaches=(PUSHGATEWAY,))


@dataclass(frozen=True)
class PushgatewayArgs:
    """What the gateway needs."""

    namespace: pulumi.Input[str]
    image: str
    resources: ResourceSettings


class Pushgateway(Component, domain="observability"):
    """Owns Prometheus' gateway for short jobs. It keeps nothing on disk: after a restart each job pushes anew."""

    def __init__(self, name: str, args: PushgatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        container = workload.Container(
            name="server",
            image=args.image,
            resources=args.resources,
            # Debian's has a file by default, and tells of an error every five minutes that it cannot write it.
            command=[
                "/usr/bin/prometheus-pushgateway",
                f"--web.listen-address=:{PUSHGATEWAY.port}",
                "--persistence.file=",
            ],
            ports={"http": PUSHGATEWAY.port},
            probes=probes.http("http", live="/-/healthy", ready="/-/ready"),
        )
        single(self, name, APP, args.namespace, PUSHGATEWAY, container, account(APP, args.namespace, self.child()))
        self.register_outputs({})
