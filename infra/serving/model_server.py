"""The model servers as a component."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking import v1 as networking

from infra.foundation import network
from infra.foundation.access import Access
from infra.foundation.addresses import MODEL_SERVER, SERVING
from infra.foundation.apps import COLOURS, App
from infra.foundation.component import Component
from infra.foundation.objects import account, metadata
from infra.serving.colour import Colour, ColourArgs
from infra.settings.serving import ServingSettings

APP = App(MODEL_SERVER.service, "serving", SERVING)


@dataclass(frozen=True)
class ModelServerArgs:
    """What the servers need; `access` is MLflow's user `serving` and the store, `log` where predictions go.

    `readers`: ranges where the cluster's API calls pods from, which a rollout reads their figures through.
    """

    namespace: pulumi.Input[str]
    image: str
    settings: ServingSettings
    max_body_bytes: int
    access: Access
    log: str
    readers: tuple[str, ...] = ()


class ModelServer(Component, domain="serving"):
    """Owns the two colours of the model server, and what they share: identity, access and network policy.

    Does not own which version a colour serves, which is the registry's, nor which colour clients get (`Gateway`).
    """

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        app = APP.reaching(args.access.reaches)
        networking.NetworkPolicy(
            f"{name}-network",
            metadata=metadata(APP, args.namespace, APP.name),
            spec=network.policy(app, internal=[MODEL_SERVER.port], readers=args.readers),
            opts=self.child(),
        )
        service_account = account(APP, args.namespace, self.child())
        secret = args.access.secret(f"{name}-access", APP, args.namespace, self.child())
        for colour in COLOURS:
            Colour(
                f"{name}-{colour}",
                ColourArgs(
                    app=app.on_track(colour),
                    namespace=args.namespace,
                    image=args.image,
                    settings=args.settings,
                    max_body_bytes=args.max_body_bytes,
                    access=args.access,
                    secret=secret,
                    account=service_account,
                    log=args.log,
                ),
                self.child(),
            )
        self.register_outputs({})
