"""Metadata of objects, and the Secrets and ConfigMaps a workload brings with it."""

from collections.abc import Mapping
from typing import Any, Protocol

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pydantic import SecretStr

from infra.foundation.apps import App

# A Job that failed is replaced by the next `pulumi up` instead of being waited for again.
TRY_AGAIN = {"pulumi.com/replaceUnready": "true"}


class Named(Protocol):
    """Any Kubernetes resource."""

    @property
    def metadata(self) -> pulumi.Output[Any]: ...


def name_of(resource: Named) -> pulumi.Output[str]:
    """The name the object has in the cluster."""
    return resource.metadata.apply(lambda metadata: metadata.name)


def metadata(
    app: App,
    namespace: pulumi.Input[str],
    name: str | None = None,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> meta.ObjectMetaArgs:
    """Without a name the provider gives one with a random suffix.

    Secrets, ConfigMaps and Jobs have none on purpose: a change makes a new object under a new name, and what refers to
    it rolls. No checksum annotation is needed, and old pods keep their old configuration until they are gone. A
    server's certificate is the exception: `certificate`.
    """
    return meta.ObjectMetaArgs(name=name, namespace=namespace, labels=app.labels, annotations=annotations)


def account(app: App, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The service account of a workload; its name in the cluster. No token is mounted: what AWS trusts is the name."""
    return name_of(
        core.ServiceAccount(
            f"{app.account}-account",
            metadata=metadata(app, namespace, app.account),
            automount_service_account_token=False,
            opts=opts,
        )
    )


def reveal(value: SecretStr) -> pulumi.Output[str]:
    """A secret setting as a Pulumi secret: encrypted in the state, asterisks on screen."""
    return pulumi.Output.secret(value.get_secret_value())


def secret(
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    data: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """A Secret whose values are Pulumi secrets whatever they were before; its name in the cluster."""
    hidden = {key: pulumi.Output.secret(value) for key, value in data.items()}
    return name_of(core.Secret(name, metadata=metadata(app, namespace), string_data=hidden, type="Opaque", opts=opts))


def certificate(
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    pair: tuple[SecretStr, SecretStr],
    opts: pulumi.ResourceOptions,
) -> str:
    """The Secret with a server's certificate and key, as `tls.crt` and `tls.key`; its name in the cluster.

    The name is its own: a renewed certificate takes the place of the old one, the kubelet brings it into the folder of
    the running pod, and the server reads it there without being started anew.
    """
    own = f"{app.name}-certificate"
    files = {key: reveal(value) for key, value in zip(("tls.crt", "tls.key"), pair, strict=True)}
    core.Secret(name, metadata=metadata(app, namespace, own), string_data=files, type="kubernetes.io/tls", opts=opts)
    # Not the resource's own name, which Pulumi does not know while it is replaced: it would replace the server, too.
    return own


def config_map(
    name: str,
    app: App,
    namespace: pulumi.Input[str],
    data: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """A ConfigMap; its name in the cluster."""
    return name_of(core.ConfigMap(name, metadata=metadata(app, namespace), data=dict(data), opts=opts))
