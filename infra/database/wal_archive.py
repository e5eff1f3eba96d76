"""Who keeps PostgreSQL's log, as a component."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network, probes, workload
from infra.foundation.access import Access
from infra.foundation.addresses import PLATFORM
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.lone_deployment import lone_deployment
from infra.foundation.objects import account, metadata
from infra.settings.database import WalArchiveSettings

APP = App("wal-archive", "database", PLATFORM)
_KEPT = "/tmp/kept"
# Touched with each piece and while it waits for server or store: one that hangs is started again, and goes on where the
# bucket ends.
_ALIVE = ["/bin/sh", "-c", f'[ -n "$(find {_KEPT} -mmin -6)" ]']


@dataclass(frozen=True)
class WalArchiveArgs:
    """`access` is a role that may replicate, the bucket of backups, and whom backups are sealed for."""

    namespace: pulumi.Input[str]
    image: str
    settings: WalArchiveSettings
    access: Access
    bucket: str


class WalArchive(Component, domain="database"):
    """Owns the one archiver of the server's log. It has no volume: the server keeps what is not in the bucket yet."""

    def __init__(self, name: str, args: WalArchiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = APP.reaching(args.access.reaches)
        named = metadata(app, args.namespace, app.name)
        networking.NetworkPolicy(f"{name}-network", metadata=named, spec=network.policy(app), opts=self.child())
        access = args.access.secret(f"{name}-access", app, args.namespace, self.child())
        container = workload.Container(
            name="archiver",
            image=args.image,
            resources=args.settings.resources,
            command=["mlops", "wal", "archive", "--every", str(args.settings.every_seconds), "--kept", _KEPT],
            env={**args.access.env(access), "MLOPS_BACKUPS_BUCKET": args.bucket},
            mounts=args.access.mounts(access),
            probes=probes.command(live=_ALIVE, ready=_ALIVE, start_seconds=300, period=30),
        )
        # A slot is one client's.
        lone_deployment(self, name, app, args.namespace, container, account(app, args.namespace, self.child()))
        self.register_outputs({})
